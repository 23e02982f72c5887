"""How fast each model drew here lately, on disk: how long a picture takes is known before it is begun."""

from __future__ import annotations

from collections.abc import Mapping

from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.models.kept.hashes import Remembered

NAME = "paces"
"""The table in the cache folder."""
NEWS = 0.1
"""A pace that differs by less from the known one is not written anew."""


def remember_pace(info: ModelInfo, device: str, speed: Speed, seconds_per_pixel: float) -> None:
    """Of one step of one picture; a step's time is taken to grow with the number of pixels."""
    table, key = Remembered(NAME), _key(info, device, speed)
    known = table.get(key)
    if not isinstance(known, float) or abs(known - seconds_per_pixel) > NEWS * known:
        table.put(key, seconds_per_pixel)


def paces(info: ModelInfo, device: str) -> Mapping[Speed, float]:
    """Seconds a pixel and step at each speed that was used on `device` (torch's name)."""
    table = Remembered(NAME)
    found = {speed: table.get(_key(info, device, speed)) for speed in Speed}
    return {speed: pace for speed, pace in found.items() if isinstance(pace, float) and pace > 0}


def _key(info: ModelInfo, device: str, speed: Speed) -> str:
    return f"{info.path or info.name}|{info.bytes}|{device}|{speed.value}"
