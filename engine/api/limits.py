"""The check that every number of a request goes through."""

from __future__ import annotations

import math

from engine.api.errors import BadRequest

Limits = tuple[float, float]
"""Lowest and highest accepted value."""


def check_within(name: str, value: float, limits: Limits, *, whole: bool = False) -> None:
    """Raises `BadRequest` for the field `name` where `value` is outside `limits`, or no (`whole`) number."""
    low, high = limits
    is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and low <= value <= high:
        return
    kind = "a whole number from " if whole else "" if is_number else "a number from "
    raise BadRequest(name, f"must be {kind}{_said(low)} to {_said(high)}, not {_said(value)}")


def _said(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)
