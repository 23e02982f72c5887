"""What the model will see, and what an edit did, in one line of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.state.problems import language, say_bad_request
from engine.api.edit import EditReport, SeamMode
from engine.api.errors import BadRequest

if TYPE_CHECKING:
    from desktop.state.editing.sight import Sight

translate = QCoreApplication.translate
SEPARATOR = "  ·  "


def say_sight(sight: Sight | None, problem: BadRequest | None = None) -> str:
    """E.g. *crop 512 × 512 · mask 27 % · 0 of 1,048,576 kept pixels will change*."""
    if sight is None:
        return say_bad_request(problem) if problem is not None else ""
    places = sight.plan.places
    if not places:
        return translate("Sight", "Nothing would change.")
    sizes = [f"{place.crop.width} × {place.crop.height}" for place in places]
    parts = [
        translate("Sight", "crop {size}").format(size=sizes[0])
        if len(places) == 1
        else translate("Sight", "{count} crops").format(count=len(places)),
        translate("Sight", "seen at {size}").format(
            size=f"{places[0].working.width} × {places[0].working.height}"
        ),
        translate("Sight", "mask {share}").format(share=f"{sight.share:.0%}"),
        translate("Sight", "0 of {count} kept pixels will change").format(count=number(sight.kept_pixels)),
    ]
    return SEPARATOR.join(parts)


def say_report(report: EditReport) -> str:
    """E.g. *0 of 1,048,576 kept pixels changed · seam 5.1 → 1.2*."""
    parts = [
        translate("Sight", "{changed} of {count} kept pixels changed").format(
            changed=number(report.kept_changed), count=number(report.kept_pixels)
        )
    ]
    seams = [place.seam for place in report.places if place.seam is not None]
    if seams:
        before, after = max(seam.before for seam in seams), max(seam.after for seam in seams)
        if all(seam.method is SeamMode.OFF for seam in seams):
            parts.append(translate("Sight", "seam {figure}").format(figure=f"{after:.1f}"))
        else:
            told = f"{before:.1f} → {after:.1f}"
            parts.append(translate("Sight", "seam {figure}").format(figure=told))
    return SEPARATOR.join(parts)


def number(value: int) -> str:
    """With the language's own separators."""
    return QLocale(language()).toString(value)
