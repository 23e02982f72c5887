"""Why a file of a model was refused, in the window's language: the engine's sentence, clause by clause."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate

PICTURES = tuple(
    f"{kind} picture" for kind in ("a PNG", "a JPEG", "a GIF", "a BMP", "a TIFF", "an AVIF or HEIC")
)
ARCHIVES = ("a gzip archive", "a 7-Zip archive", "a RAR archive")


def say_broken(message: str) -> str:
    """An `UnsafeFile`'s "name cause. Next step." in the present language; "" where a clause is not known."""
    for cause, said in _causes():
        if found := re.fullmatch(rf"(?P<name>.+?) {cause}\. (?P<next>.+)", message, re.DOTALL):
            name, *pieces, step = found.groups()
            next_step = _next_steps().get(step, "")
            if "it seems" in cause:
                pieces = [_kinds().get(pieces[0], "")]
            is_told = next_step and all(pieces)
            return f"{said.format(name, *pieces)} {next_step}" if is_told else ""
    return ""


def _causes() -> tuple[tuple[str, str], ...]:
    return (
        (r"is empty", translate("Broken", "{0} is empty.")),
        (r"is truncated inside its header", translate("Broken", "{0} breaks off within its header.")),
        (
            r"is truncated: ([\d,]+) bytes are missing at its end",
            translate("Broken", "{0} breaks off: {1} bytes are missing at its end."),
        ),
        (
            r"is not a safetensors file; it seems to be (.+?)",
            translate("Broken", "{0} is no safetensors file; it seems to be {1}."),
        ),
        (r"has a damaged header", translate("Broken", "{0} has a damaged header.")),
        (r"has damaged metadata", translate("Broken", "{0} has damaged metadata.")),
        (r"claims ([\d,]+) tensors", translate("Broken", "{0} claims to hold {1} tensors.")),
        (r"claims a header of ([\d,]+) bytes", translate("Broken", "{0} claims a header of {1} bytes.")),
        (
            r"gives tensor (.+) an impossible shape or place",
            translate("Broken", "{0} gives the tensor {1} an impossible shape or place."),
        ),
        (
            r"gives tensor (.+) a shape that does not match its bytes",
            translate("Broken", "{0} gives the tensor {1} a shape that does not match its bytes."),
        ),
        (
            r"stores (.+) in an unknown number format, (.+)",
            translate("Broken", "{0} keeps {1} in an unknown number format, {2}."),
        ),
        (r"has tensors that lie over each other", translate("Broken", "{0} has tensors that overlap.")),
        (
            r"has bytes that belong to no tensor",
            translate("Broken", "{0} has bytes that belong to no tensor."),
        ),
        (r"has bytes after its last tensor", translate("Broken", "{0} has bytes after its last tensor.")),
        (r"brings program code \((.+)\)", translate("Broken", "{0} brings program code ({1}).")),
        (r"asks to run code \((.+)\)", translate("Broken", "{0} asks to run code ({1}).")),
        (
            r"has its (\S+) only as a pickle \(\.bin\), which can run code",
            translate("Broken", "{0} has its {1} only as a pickle (.bin), which can run code."),
        ),
        (
            r"has no weights for its diffusion network",
            translate("Broken", "{0} has no weights for its diffusion network."),
        ),
        (r"has no weights for its (\S+)", translate("Broken", "{0} has no weights for its {1}.")),
        (r"has no (\S+/\S+)", translate("Broken", "{0} has no {1}.")),
        (
            r"has parts that do not count the same tokens",
            translate("Broken", "{0} has parts that do not count the same tokens."),
        ),
        (
            r"has changed on disk since it was looked at",
            translate("Broken", "{0} has changed on disk since it was looked at."),
        ),
    )


def _kinds() -> dict[str, str]:
    """What a file that is no safetensors file seems to be."""
    return {
        **dict.fromkeys(PICTURES, translate("Broken", "a picture")),
        **dict.fromkeys(ARCHIVES, translate("Broken", "a packed archive")),
        "a PyTorch pickle checkpoint or another zip archive, which can run code": translate(
            "Broken", "a PyTorch pickle or another zip archive, which can run code"
        ),
        "a Git LFS pointer, not the model itself": translate(
            "Broken", "a Git LFS pointer, not the model itself"
        ),
        "a program": translate("Broken", "a program"),
        "a web page": translate("Broken", "a web page"),
        "a Python pickle, which can run code": translate("Broken", "a Python pickle, which can run code"),
        "nothing but zeros": translate("Broken", "nothing but zeros"),
        "a text file": translate("Broken", "a text file"),
        "something unknown or damaged": translate("Broken", "something unknown or damaged"),
    }


def _next_steps() -> dict[str, str]:
    again = translate("Broken", "Get it again from its source.")
    missing = translate("Broken", "Parts of the model are missing; get it again.")
    refuse = translate("Broken", "Do not use it.")
    return {
        "Get it again from its source.": again,
        "Get the model again from its source.": again,
        "Its download was probably broken off; get it again.": translate(
            "Broken", "Its download was probably broken off; get it again."
        ),
        "Parts of the model are missing; get it again.": missing,
        "Parts are missing; get it again.": missing,
        "Do not use it.": refuse,
        "No real model has so many; do not use it.": refuse,
        "No real model has such a one; do not use it.": refuse,
        "Lienzo runs no code of a model; use another.": translate(
            "Broken", "Lienzo runs no code of a model; use another."
        ),
        "Get the model as safetensors; most makers offer both.": translate(
            "Broken", "Get the model as safetensors; most makers offer both."
        ),
        "Get the model as F16, BF16 or F32.": translate("Broken", "Get the model as F16, BF16 or F32."),
        "Start the job again.": translate("Broken", "Start the job again."),
        "Choose a model file.": translate("Broken", "Choose a model file."),
        "Choose a model file; a picture can be read when it is saved as PNG, JPEG or WebP.": translate(
            "Broken", "Choose a model file."
        ),
        "Fetch it with `git lfs pull`.": translate("Broken", "Fetch it with “git lfs pull”."),
        "Unpack it first.": translate("Broken", "Unpack it first."),
        "Get the model as safetensors, or let `lienzo models convert` make such a file of it.": translate(
            "Broken", "Get the model as safetensors, or convert it in the list of models."
        ),
        "The download gave an error or log-in page instead of the model; get it again.": translate(
            "Broken", "The download gave an error or log-in page instead of the model; get it again."
        ),
        "Lienzo opens safetensors only: get the model in that format, or ask its makers for it.": translate(
            "Broken", "Lienzo opens safetensors only: get the model in that format, or ask its makers for it."
        ),
    }
