"""Text in the pieces that text encoders read, from data files only."""
