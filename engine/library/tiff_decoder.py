"""TIFF is decoded in a process of its own that lives for one picture: a decoder with a long history of holes.

It may use so much memory and time and no more, sees the file through a pipe, and what crashes is not the app.
`decode_tiff` is the side of the app; `python -m engine.library.tiff_decoder` is the process.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import warnings
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from engine.library.colour import Srgb, from_16_bit, to_srgb

COMMAND = (sys.executable, "-m", "engine.library.tiff_decoder")
MEMORY_BYTES = 6 << 30
"""Three times the pixels of the largest picture, and the libraries."""
CPU_SECONDS = 60
PATIENCE_SECONDS = 120.0
LONGEST_HEAD = 65_536
PHOTOMETRIC, BITS, EXTRA = 262, 258, 338
MINIMUM_IS_WHITE, IS_RGB, ASSOCIATED_ALPHA = 0, 2, 1


class CannotDecode(ValueError):
    """Why the pixels could not be had, in words; `size` where that is the reason."""

    def __init__(self, cause: str, size: tuple[int, int] | None = None) -> None:
        super().__init__(cause)
        self.size = size


def decode_tiff(data: bytes, most_pixels: int, longest_side: int) -> Srgb:
    """The first page of a TIFF, upright. Raises `CannotDecode`."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread's stack counts as memory
    process = subprocess.Popen(
        [*COMMAND, str(most_pixels), str(longest_side)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **threads},
    )
    timer = threading.Timer(PATIENCE_SECONDS, process.kill)
    timer.start()
    feeder = threading.Thread(target=_feed, args=(process, data))
    feeder.start()
    try:
        return _answer(cast(BinaryIO, process.stdout))
    finally:
        process.kill()
        process.wait()
        feeder.join()
        cast(BinaryIO, process.stdout).close()
        timer.cancel()
        timer.join()


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:  # it ended early: its answer says why
        process.stdin.write(data)


def _answer(pipe: BinaryIO) -> Srgb:
    line = pipe.readline(LONGEST_HEAD)
    if not line.endswith(b"\n"):
        raise CannotDecode("the file is damaged, or takes more memory or time than a picture may")
    head = json.loads(line)
    if "refused" in head:
        size = head["size"]
        raise CannotDecode(head["refused"], None if size is None else (size[0], size[1]))
    height, width = head["height"], head["width"]
    rgb = _pixels(pipe, (height, width, 3))
    alpha = _pixels(pipe, (height, width)) if head["has_alpha"] else None
    return Srgb(rgb, alpha, tuple(head["notes"]))


def _pixels(pipe: BinaryIO, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    pixels = np.empty(shape, np.uint8)
    view = pixels.data.cast("B")
    at = 0
    while at < len(view):
        count = pipe.readinto(view[at:])  # type: ignore[attr-defined]  # a buffered pipe has it
        if not count:
            raise CannotDecode("the file is damaged, or takes more memory or time than a picture may")
        at += count
    return pixels


# the process


def main(most_pixels: int, longest_side: int, questions: BinaryIO, answers: BinaryIO) -> None:
    _limit()
    try:
        srgb = _decoded(questions.read(), most_pixels, longest_side)
    except CannotDecode as error:
        answers.write(json.dumps({"refused": str(error), "size": error.size}).encode() + b"\n")
        return
    height, width = srgb.rgb.shape[:2]
    has_alpha = srgb.alpha is not None
    head = {"width": width, "height": height, "has_alpha": has_alpha, "notes": srgb.notes}
    answers.write(json.dumps(head).encode() + b"\n")
    answers.write(np.ascontiguousarray(srgb.rgb).data)
    if srgb.alpha is not None:
        answers.write(np.ascontiguousarray(srgb.alpha).data)


def _limit() -> None:
    """So much memory and time, no files. Windows has no such limits; there only the app's patience counts."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _decoded(data: bytes, most_pixels: int, longest_side: int) -> Srgb:
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # the limits are ours
    try:
        with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            width, height = image.size
            if max(width, height) > longest_side or width * height > most_pixels or min(width, height) < 1:
                raise CannotDecode("too large", (width, height))
            assert isinstance(image, TiffImagePlugin.TiffImageFile)
            tags = dict(image.tag_v2)
            notes = ("first_page",) if getattr(image, "n_frames", 1) > 1 else ()
            profile = image.info.get("icc_profile") or b""
            deep = _deep(data, tags)
            if deep is None:
                image.load()
                deep = image
            if deep.mode.startswith("I;16") and tags.get(PHOTOMETRIC) == MINIMUM_IS_WHITE:
                deep = Image.fromarray(np.uint16(65_535) - np.asarray(deep))  # Pillow leaves it a negative
            srgb = to_srgb(deep, profile)
            return srgb._replace(notes=notes + srgb.notes)
    except CannotDecode:
        raise
    except MemoryError:
        raise CannotDecode("there is not enough memory for it") from None
    except Exception as error:  # a decoder that is fed damaged bytes raises whatever comes to it
        truncated = "truncated" in str(error) or "not enough" in str(error)
        cause = "the file ends too early" if truncated else f"the file is damaged ({type(error).__name__})"
        raise CannotDecode(cause) from None


def _deep(data: bytes, tags: dict[int, object]) -> Image.Image | None:
    """RGB of 16 bits a channel, rounded to 8 where Pillow would cut the low byte off; None for all else."""
    bits, extra = tags.get(BITS), tags.get(EXTRA, ())
    is_deep = (
        isinstance(bits, tuple)
        and len(bits) in (3, 4)
        and set(bits) == {16}
        and tags.get(PHOTOMETRIC) == IS_RGB
    )
    if not is_deep or extra == (ASSOCIATED_ALPHA,):
        return None
    # loaded in the process only
    import cv2

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # upright, as Pillow's is
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        return None
    return Image.fromarray(from_16_bit(np.asarray(values, np.uint16))[..., [2, 1, 0, 3][: values.shape[2]]])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
