"""A grid of a hundred thousand pictures: where each lies, which are picked, how they are drawn."""
