"""What a speed does to a model, and what that was measured to cost, in the artist's words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from engine.api.model_info import ModelInfo
from engine.api.request import Speed
from engine.api.speed import LEAST_DEEP_STEPS, Lever, Measured, levers_of

translate = QCoreApplication.translate


def speed_names() -> dict[Speed, str]:
    """In the order in which they are offered."""
    return {
        Speed.EXACT: translate("Speed", "Exact"),
        Speed.FAST: translate("Speed", "Fast"),
        Speed.FASTEST: translate("Speed", "Fastest"),
    }


def say_lever(lever: Lever) -> str:
    match lever:
        case Lever.SHORT_NUMBERS:
            return translate("Speed", "shorter numbers")
        case Lever.SPARSE_GUIDANCE:
            return translate("Speed", "guidance only now and then")
        case Lever.DEEP_CACHE:
            return translate(
                "Speed", "from {steps} steps on every second pass goes through the outermost level only"
            ).format(steps=LEAST_DEEP_STEPS)
        case Lever.CHANNELS_LAST:
            return translate("Speed", "convolutions read memory in order")
        case Lever.FAST_ATTENTION:
            return translate("Speed", "attention as the card does it fastest")
        case Lever.EIGHT_BIT_ATTENTION:
            return translate("Speed", "attention in 8 bits where that is faster")
        case Lever.COMPILED_BLOCKS:
            return translate("Speed", "the network is compiled for the card, which takes a while once")
        case Lever.EASY_CACHE:
            return translate("Speed", "steps that would change little are carried on")


def say_what_it_does(info: ModelInfo | None, speed: Speed, device: str = "cpu") -> str:
    """One sentence; `device` is torch's name."""
    if speed is Speed.EXACT:
        return translate("Speed", "The same pixels every time.")
    levers = levers_of(info, speed, device) if info is not None else ()
    if not levers:
        return translate("Speed", "For this model there is nothing to gain.")
    does = ", ".join(map(say_lever, levers))
    return f"{does[0].upper()}{does[1:]}."


def say_speed(info: ModelInfo | None, speed: Speed, measured: Measured | None, device: str = "cpu") -> str:
    """What it does and, where it changes anything, what that was measured to cost."""
    does = say_what_it_does(info, speed, device)
    if info is None or not levers_of(info, speed, device):
        return does
    if measured is None:
        return f"{does} {translate('Speed', 'How far pictures differ was not measured here.')}"
    number = QLocale().toString
    return (
        does
        + " "
        + translate(
            "Speed", "Measured here: {time} % of exact's time, pixels differ by {error} of 255."
        ).format(time=round(100 * measured.time_ratio), error=number(measured.mean_error, "f", 1))
    )
