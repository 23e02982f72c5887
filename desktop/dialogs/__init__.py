"""Preferences and other short conversations."""
