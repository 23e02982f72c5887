"""Amounts as one says them, with the signs of the language: "1,048,576", "27 %", "1.2 GB"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.panels.durations import decimal
from desktop.state.language_code import language

translate = QCoreApplication.translate
LINKED = "\u00a0"
"""A space at which no line breaks."""


def say_number(value: int) -> str:
    """With the language's own separators."""
    return QLocale(language()).toString(value)


def say_share(share: float) -> str:
    """0 to 1 as a percentage; tenths below one per cent."""
    percent = 100 * share
    return f"{decimal(percent, 1 if 0 < percent < 0.95 else 0)}{LINKED}%"


def say_bytes(count: int) -> str:
    if 0 < count < 1e6:
        return translate("Amounts", "{kilobytes} kB").format(kilobytes=max(1, round(count / 1e3)))
    if count < 1e9:
        return translate("Amounts", "{megabytes} MB").format(megabytes=round(count / 1e6))
    return translate("Amounts", "{gigabytes} GB").format(gigabytes=decimal(count / 1e9, 1))
