"""Why something went wrong, in the window's language: what the engine says of causes, clause by clause."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

look_up = QCoreApplication.translate
"""For texts that are marked elsewhere in this file."""

CAUSES = (
    QT_TRANSLATE_NOOP("Causes", "the disk is full"),
    QT_TRANSLATE_NOOP("Causes", "your share of the disk is full"),
    QT_TRANSLATE_NOOP("Causes", "the file is larger than this disk or account allows"),
    QT_TRANSLATE_NOOP("Causes", "the disk is read-only"),
    QT_TRANSLATE_NOOP("Causes", "it may not be written to"),
    QT_TRANSLATE_NOOP("Causes", "the folder is missing"),
    QT_TRANSLATE_NOOP("Causes", "a folder on the way is a file"),
    QT_TRANSLATE_NOOP("Causes", "a folder has that name"),
    QT_TRANSLATE_NOOP("Causes", "the name is too long"),
    QT_TRANSLATE_NOOP("Causes", "the disk reports an error"),
    QT_TRANSLATE_NOOP("Causes", "it may only be read"),
    QT_TRANSLATE_NOOP("Causes", "another program holds it"),
    QT_TRANSLATE_NOOP("Causes", "it is damaged"),
    QT_TRANSLATE_NOOP("Causes", "it is not a PNG, JPEG, WebP or TIFF picture"),
    QT_TRANSLATE_NOOP("Causes", "the file ends too early"),
    QT_TRANSLATE_NOOP("Causes", "it is not an OpenRaster file"),
    QT_TRANSLATE_NOOP("Causes", "it is damaged, or no OpenRaster file"),
    QT_TRANSLATE_NOOP("Causes", "it has too many members"),
    QT_TRANSLATE_NOOP("Causes", "it would unpack to far too much"),
    QT_TRANSLATE_NOOP("Causes", "it holds one member twice"),
    QT_TRANSLATE_NOOP("Causes", "two of its members overlap"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is too large"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is missing"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is damaged"),
    QT_TRANSLATE_NOOP("Causes", "one of its members leads out of it"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is a link"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is encrypted"),
    QT_TRANSLATE_NOOP("Causes", "one of its members is packed in an unknown way"),
    QT_TRANSLATE_NOOP("Causes", "its list of layers is damaged"),
    QT_TRANSLATE_NOOP("Causes", "its list of layers declares entities, which no painting program does"),
    QT_TRANSLATE_NOOP("Causes", "it is larger than 16,384 pixels a side"),
    QT_TRANSLATE_NOOP("Causes", "what Lienzo keeps in it is damaged"),
    QT_TRANSLATE_NOOP("Causes", "it was saved by a newer Lienzo"),
    QT_TRANSLATE_NOOP("Causes", "it needs more memory than this computer has"),
    QT_TRANSLATE_NOOP("Causes", "it is not an ordinary file"),
    QT_TRANSLATE_NOOP("Causes", "the file is larger than 1 GiB"),
    QT_TRANSLATE_NOOP("Causes", "there is no such file"),
    QT_TRANSLATE_NOOP("Causes", "there is not enough memory for it"),
    QT_TRANSLATE_NOOP("Causes", "its disk does not answer"),
    QT_TRANSLATE_NOOP("Causes", "its first stage is not beside it"),
)
"""Of files and disks. What is not here is left to the log."""
NOT_DRAWN = (
    QT_TRANSLATE_NOOP("Causes", "it makes films, and Lienzo draws pictures"),
    QT_TRANSLATE_NOOP("Causes", "it makes sounds"),
    QT_TRANSLATE_NOOP("Causes", "it writes texts"),
    QT_TRANSLATE_NOOP("Causes", "it makes solid shapes"),
    QT_TRANSLATE_NOOP("Causes", "it designs proteins"),
    QT_TRANSLATE_NOOP("Causes", "it looks at pictures and draws none; Lienzo reads maps with other networks"),
    QT_TRANSLATE_NOOP("Causes", "it is made for ONNX, a library that Lienzo does not use"),
    QT_TRANSLATE_NOOP("Causes", "it is the first of two stages: the second draws, with this one beside it"),
    QT_TRANSLATE_NOOP("Causes", "it is the second of two stages: the first draws, with this one beside it"),
    QT_TRANSLATE_NOOP("Causes", "it makes pictures larger: Enlarge has it among its networks"),
    QT_TRANSLATE_NOOP(
        "Causes", "it is no model: FLUX.1 takes after pictures by its file and SigLIP in a model folder"
    ),
    QT_TRANSLATE_NOOP(
        "Causes",
        "its licence forbids running it without the guard that looks over words and pictures, and Lienzo "
        "brings none",
    ),
)
"""Why Lienzo cannot draw with a model that it knows by name (`engine.families.not_drawn`)."""


def say_cause(cause: str) -> str:
    """The engine's `data["cause"]`; "" where it is of those that are left to the log."""
    return look_up("Causes", cause) if cause in (*CAUSES, *NOT_DRAWN) else ""
