"""Files of weights that strangers made: read with bounds, told by names and shapes, never a surprise."""
