"""One hash for a model of many files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def over_all(part_sha256: Mapping[str, str]) -> str:
    """One hash for the model. A single file's own hash is its hash, as other programs show it."""
    different = sorted(set(part_sha256.values()))
    if len(different) == 1:
        return different[0]
    lines = "".join(f"{part} {digest}\n" for part, digest in sorted(part_sha256.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
