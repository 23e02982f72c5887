"""What guiders are called, and what each does, in the artist's words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.api.guiders import Guider

translate = QCoreApplication.translate


def guider_name(guider: Guider) -> str:
    match guider:
        case Guider.CFG:
            return translate("Guider", "Plain")
        case Guider.ZERO_STAR:
            return translate("Guider", "Scaled (CFG-Zero*)")
        case Guider.PROJECTED:
            return translate("Guider", "Projected (APG)")
        case Guider.TANGENTIAL:
            return translate("Guider", "Tangential (TCFG)")
        case Guider.MAGNITUDE:
            return translate("Guider", "Magnitude (MAMBO-G)")
        case Guider.PERTURBED:
            return translate("Guider", "Perturbed (PAG)")
        case Guider.SKIPPED:
            return translate("Guider", "Skipped layers (SLG)")


def what_it_does(guider: Guider) -> str:
    """One sentence or two."""
    match guider:
        case Guider.CFG:
            return translate("Guider", "The words pull as strongly as Guidance says, at every step.")
        case Guider.ZERO_STAR:
            return translate(
                "Guider", "What the picture would be without the words is weighed first: fewer false starts."
            )
        case Guider.PROJECTED:
            return translate("Guider", "Limits how far the words may pull at once.")
        case Guider.TANGENTIAL:
            return translate(
                "Guider", "Of the negative side only what lies along the words counts: fewer artefacts."
            )
        case Guider.MAGNITUDE:
            return translate(
                "Guider", "Guides less where the words pull very hard, as they do in the first steps."
            )
        case Guider.PERTURBED:
            return translate(
                "Guider",
                "Also steers away from a picture of disturbed attention: firmer shapes. Half as slow again.",
            )
        case Guider.SKIPPED:
            return translate(
                "Guider",
                "Also steers away, in early steps, from a picture drawn without some layers: sounder "
                "anatomy. A little slower.",
            )
