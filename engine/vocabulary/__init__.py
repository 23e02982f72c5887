"""The artist's own words on disk: lists to draw from, styles, tags."""
