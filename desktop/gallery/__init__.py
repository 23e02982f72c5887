"""Where pictures are found again: the grid, the viewer."""
