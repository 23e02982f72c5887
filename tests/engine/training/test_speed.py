"""What a picture costs is its own process's, whoever asks."""

from __future__ import annotations

import subprocess
import sys

CHILD = "from engine.training.evaluation.speed import peak_mb; print(peak_mb())"
BALLAST_MB = 300


def test_memory_is_not_that_of_who_asks():
    parent = (
        f"import subprocess, sys; ballast = bytearray(b'x') * {BALLAST_MB}_000_000; "
        f"sys.exit(subprocess.run([sys.executable, '-c', {CHILD!r}]).returncode)"
    )
    done = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, check=True)
    assert 1 < float(done.stdout) < BALLAST_MB
