"""Models fetched when the artist asks, and the only socket of Lienzo."""
