"""What the model will see, and what an edit did, in one line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.panels.amounts import LINKED, say_bytes, say_number, say_share
from desktop.panels.durations import decimal
from desktop.state.problems import say_bad_request
from engine.api.edit import EditMode, EditReport, SeamMode
from engine.api.errors import BadRequest

if TYPE_CHECKING:
    from desktop.state.editing.sight import Sight

translate = QCoreApplication.translate
SEPARATOR = "  ·  "
BREAK = f"{LINKED}· "
"""The same where lines may break, which they do after it."""


def say_sight(sight: Sight | None, problem: BadRequest | None = None) -> str:
    """E.g. *crop 512 × 512 · seen at 256 × 256 · mask 27 % · 0 of 1,048,576 kept pixels will change*."""
    if sight is None:
        return say_bad_request(problem) if problem is not None else ""
    places = sight.plan.places
    if not places:
        return translate("Sight", "Nothing would change.")
    sizes = [f"{place.crop.width} × {place.crop.height}" for place in places]
    working = places[0].working
    parts = (
        translate("Sight", "filled already: another variant") if sight.is_again else "",
        translate("Sight", "crop {size}").format(size=sizes[0])
        if len(places) == 1
        else translate("Sight", "{count} crops").format(count=len(places)),
        translate("Sight", "seen at {size}").format(size=f"{working.width} × {working.height}"),
        translate("Sight", "mask {share}").format(share=say_share(sight.share)),
        translate("Sight", "0 of {count} kept pixels will change").format(count=say_number(sight.kept_pixels))
        if sight.kept_pixels
        else "",
    )
    return SEPARATOR.join(part for part in parts if part)


def say_forecast(sight: Sight | None, problem: BadRequest | None = None) -> str:
    """The same for a narrow panel, with what it takes: *… · about 90 MB of memory*."""
    if sight is None or not sight.plan.places:
        return say_sight(sight, problem)
    memory = translate("Sight", "about {bytes} of memory").format(bytes=say_bytes(sight.forecast_bytes))
    parts = (*say_sight(sight).split(SEPARATOR), memory)
    return BREAK.join(part.replace(" ", LINKED) for part in parts)


def say_report(report: EditReport, mode: EditMode = EditMode.CHANGE) -> str:
    """E.g. *0 of 1,048,576 kept pixels changed · seam 5.1 → 1.2*.

    Around what a mask keeps nobody looks for a seam: it is said only where it was mended all the same.
    """
    parts = []
    if report.kept_pixels:
        told = translate("Sight", "{changed} of {count} kept pixels changed")
        changed, count = say_number(report.kept_changed), say_number(report.kept_pixels)
        parts.append(told.format(changed=changed, count=count))
    seams = [place.seam for place in report.places if place.seam is not None]
    if mode is EditMode.KEEP:
        seams = [seam for seam in seams if seam.method is not SeamMode.OFF]
    if seams:
        before, after = max(seam.before for seam in seams), max(seam.after for seam in seams)
        told = decimal(after, 1)
        if any(seam.method is not SeamMode.OFF for seam in seams):
            told = f"{decimal(before, 1)} → {told}"
        parts.append(translate("Sight", "seam {figure}").format(figure=told))
    return SEPARATOR.join(parts)
