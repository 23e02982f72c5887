"""Weights that are packed in 8 bits a number: how they are put in, and the layers that unpack them."""
