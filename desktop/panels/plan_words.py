"""What a job will need of the memory, in one line of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.panels.amounts import LINKED, say_bytes
from desktop.panels.durations import say_duration
from engine.api.job_plan import JobPlan, Measure

if TYPE_CHECKING:
    from engine.upscaling.plan import EnlargePlan

translate = QCoreApplication.translate
BREAK = f"{LINKED}· "
"""Where the line may break, which it does after it."""


def say_plan(plan: JobPlan, further: Sequence[str] = ()) -> str:
    """E.g. *Needs about 1.2 GB of memory · 14.0 GB are free · 16-bit numbers*, and what is `further` said."""
    parts = [translate("Plan", "Needs about {needed} of memory").format(needed=say_bytes(plan.needed_bytes))]
    if plan.free_bytes:
        parts.append(translate("Plan", "{free} are free").format(free=say_bytes(plan.free_bytes)))
    parts += [say_measure(measure) for measure in plan.measures]
    parts += further
    said = BREAK.join(part.replace(" ", LINKED) for part in parts)
    if plan.fits:
        return said
    return f"{said}\n" + translate(
        "Plan", "It may not fit: make the picture smaller, or choose a faster speed."
    )


def say_enlarging(plan: EnlargePlan, count: int = 1) -> str:
    """As `say_plan`, with tiles and how long each of `count` pictures takes."""
    parts = []
    if plan.tiles > 1:
        tiles = translate("Plan", "{count} tiles of {side} px")
        parts.append(tiles.format(count=plan.tiles, side=plan.tile_px))
    elif plan.tile_px and not plan.tiles:
        parts.append(translate("Plan", "tiles of {side} px").format(side=plan.tile_px))
    if plan.seconds:
        long = translate("Plan", "about {time} each") if count > 1 else translate("Plan", "about {time}")
        parts.append(long.format(time=say_duration(plan.seconds)))
    elif plan.seconds is None:
        parts.append(translate("Plan", "how long it takes is known after the first one"))
    return say_plan(plan.memory, parts)


def say_measure(measure: Measure) -> str:
    match measure:
        case Measure.SHORT_NUMBERS:
            return translate("Plan", "16-bit numbers")
        case Measure.TILED_DECODE:
            return translate("Plan", "developed in tiles")
        case Measure.OFFLOAD:
            return translate("Plan", "parts wait outside the card")
        case Measure.EIGHT_BITS:
            return translate("Plan", "weights in 8 bits")
        case Measure.GROUP_OFFLOAD:
            return translate("Plan", "layer by layer on the card")
