"""The artist's window. All Qt is here; torch is not."""
