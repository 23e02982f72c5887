"""Tensors that can be made again at any time, kept in files: a lost or damaged one is made anew."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import CannotSave
from engine.library.save import save_bytes

if TYPE_CHECKING:
    import torch


def read_tensors(path: Path) -> dict[str, torch.Tensor] | None:
    """The tensors in `path`, marked as used now; None where it is missing or damaged."""
    import safetensors
    import safetensors.torch

    try:
        tensors = safetensors.torch.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError):
        return None
    with suppress(OSError):  # on a disk that is only read nothing is ever dropped
        os.utime(path)
    return tensors


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Keeps `tensors` in `path` if it can; a full or locked disk costs time later, not the picture."""
    import safetensors.torch

    with suppress(CannotSave, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_bytes(path, safetensors.torch.save(tensors))


def drop_oldest(folder: Path, largest: int) -> None:
    """Removes the files of `folder` that were used longest ago until the rest is at most `largest` bytes."""
    total = 0
    with suppress(OSError):  # another process drops too, or the disk is only read
        files = [(file.stat(), file) for file in folder.glob("*.safetensors")]
        for state, file in sorted(files, key=lambda entry: entry[0].st_mtime, reverse=True):
            total += state.st_size
            if total > largest:
                file.unlink(missing_ok=True)
