"""What trials of the speeds have found, by model and device, on disk for the window and the next start."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.model_info import ModelInfo
from engine.api.speed import Measured, stamp
from engine.models.kept.hashes import Remembered

NAME = "speeds"
"""The table in the cache folder."""


def remember(info: ModelInfo, device: str, found: Sequence[Measured]) -> None:
    Remembered(NAME).put(_key(info, device), [to_json(one) for one in found])


def measured(info: ModelInfo, device: str) -> tuple[Measured, ...]:
    """What the last trial of the model `info` on `device` (torch's name) found, if there was one."""
    kept = Remembered(NAME).get(_key(info, device))
    try:
        return tuple(from_json(Measured, one) for one in kept) if isinstance(kept, list) else ()
    except (BadRequest, TypeError):  # an older Lienzo's
        return ()


def _key(info: ModelInfo, device: str) -> str:
    return f"{info.path}|{info.bytes}|{device}|{stamp()}"
