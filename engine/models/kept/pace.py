"""How fast each model drew here lately, on disk: how long a picture takes is known before it is begun."""

from __future__ import annotations

from collections.abc import Mapping

from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.upscale import UpscalerInfo
from engine.models.kept.hashes import Remembered

NAME = "paces"
"""The table in the cache folder."""
NEWS = 0.1
"""A pace that differs by less from the known one is not written anew."""


def remember_pace(info: ModelInfo, device: str, speed: Speed, seconds_per_pixel: float) -> None:
    """Of one step of one picture; a step's time is taken to grow with the number of pixels."""
    _remember(_key(info, device, speed), seconds_per_pixel)


def paces(info: ModelInfo, device: str) -> Mapping[Speed, float]:
    """Seconds a pixel and step at each speed that was used on `device` (torch's name)."""
    table = Remembered(NAME)
    found = {speed: table.get(_key(info, device, speed)) for speed in Speed}
    return {speed: pace for speed, pace in found.items() if isinstance(pace, float) and pace > 0}


def remember_enlarging(network: UpscalerInfo, device: str, seconds_per_pixel: float) -> None:
    """Of one pixel that goes into an upscaling network, and of one step where it draws in steps."""
    _remember(_enlarging_key(network, device), seconds_per_pixel)


def enlarging_pace(network: UpscalerInfo, device: str) -> float | None:
    """As `remember_enlarging` was told; None where it was not."""
    found = Remembered(NAME).get(_enlarging_key(network, device))
    return found if isinstance(found, float) and found > 0 else None


def _remember(key: str, pace: float) -> None:
    table = Remembered(NAME)
    known = table.get(key)
    if not isinstance(known, float) or abs(known - pace) > NEWS * known:
        table.put(key, pace)


def _enlarging_key(network: UpscalerInfo, device: str) -> str:
    return f"{network.path}|{network.bytes}|{device}|enlarging"


def _key(info: ModelInfo, device: str, speed: Speed) -> str:
    return f"{info.path or info.name}|{info.bytes}|{device}|{speed.value}"
