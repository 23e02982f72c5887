"""`python -m engine.training.data PACK`: make the pack of sprites, without the command line's other rooms."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.training.data.recipe import make_pack

if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "sprites.pack")
    cache = Path(sys.argv[2]) if len(sys.argv) > 2 else target.parent / "sources"
    for event in make_pack(target, cache):
        sys.stderr.write(f"{event}\n")
