"""Sheets: the same picture over two or three settings, laid out with labels (X/Y/Z grids)."""
