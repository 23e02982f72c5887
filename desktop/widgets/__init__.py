"""Look and feel, ignorant of this app."""
