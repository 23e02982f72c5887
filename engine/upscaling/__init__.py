"""Pictures made larger: tile by tile through a network, or by a filter."""
