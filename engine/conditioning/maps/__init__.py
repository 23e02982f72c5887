"""Maps drawn from pictures, offline and without weights: one file a kind, and `drawn` for all of them."""
