"""What a weight file says at its beginning, and the words beside it, read within bounds."""
