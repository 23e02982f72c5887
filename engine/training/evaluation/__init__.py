"""HOW GOOD IT IS: what is measured of a model, by a network that had no part in its making."""
