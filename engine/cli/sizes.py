"""Numbers of bytes in words."""

from __future__ import annotations


def bytes_in_words(count: int) -> str:
    """`47 MB`, `4.3 GB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            value = count / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count} bytes"
