"""Why a file was recognised, in the window's language: tensors keep their names, the words around change."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from desktop.state.causes import say_cause

translate = QCoreApplication.translate


def say_reason(reason: str) -> str:
    """`reason` as the engine gives it (English), with its phrases in the present language."""
    for pattern, words in _phrases():
        reason = re.sub(pattern, lambda found, words=words: words.format(*map(_said, found.groups())), reason)
    return reason


def _said(piece: str) -> str:
    """A cause in the present language, and whatever else as it is."""
    return say_cause(piece) or piece


def _phrases() -> tuple[tuple[str, str], ...]:
    return (
        (r"\bit has no (\S+)", translate("Reasons", "it has no {0}")),
        (r"\bit has ([\w.]+\.\w+|\w+)(?=[;) ]|$)", translate("Reasons", "it has {0}")),
        (r"(\S+) is ([\d x]+\d)\b", translate("Reasons", "{0} is {1}")),
        (r"(\S+) reads (\d+) numbers", translate("Reasons", "{0} reads {1} numbers")),
        (r"(\S+) is among its layers", translate("Reasons", "{0} is among its layers")),
        (
            r"^its VAE and text encoder are in the file$",
            translate("Reasons", "its VAE and text encoder are in the file"),
        ),
        (
            r"^its VAE and text encoder are not in the file$",
            translate("Reasons", "its VAE and text encoder are not in the file"),
        ),
        (r"^its VAE is not in the file$", translate("Reasons", "its VAE is not in the file")),
        (
            r"^its text encoder is not in the file$",
            translate("Reasons", "its text encoder is not in the file"),
        ),
        (
            r"^its (?:name|title|base) says (.+); tensors alone cannot tell$",
            translate("Reasons", "its name says {0}; tensors alone cannot tell"),
        ),
        (r"^its makers say: (.+)$", translate("Reasons", "its makers say: {0}")),
        (
            r"^(\S+) names (\S+); parts with weights: (.+)$",
            translate("Reasons", "{0} names {1}; parts with weights: {2}"),
        ),
        (
            r"^(\S+) names (\S+), a pipeline that is not in the table; parts with weights: (.+)$",
            translate(
                "Reasons", "{0} names {1}, a pipeline that is not in the table; parts with weights: {2}"
            ),
        ),
        (
            r"^(.+): Lienzo cannot draw with it, because (.+)$",
            translate("Reasons", "{0}: Lienzo cannot draw with it, because {1}"),
        ),
    )
