"""Pixels in tiles: what layers, masks and selections are made of. Ignorant of the app and of widgets."""
