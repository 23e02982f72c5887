"""Where models lie in the folders of the artist and of other programs, and whether a folder may be read."""
