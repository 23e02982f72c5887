"""The process that decodes strangers' pictures: what crashes, hangs or is taken over here is not the app.

It may use so much memory and time, and writes no files. Questions come as JSON lines on its input; an answer
is a JSON line and the bare pixels, so that who asked decodes nothing of a stranger's.
`python -m engine.library.thumbnails.decoder [MEMORY NICENESS]` is it; `DecoderProcess` starts it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import EngineError
from engine.library.gate import open_picture


def main(memory_bytes: int, niceness: int, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the pipe ends."""
    _limit(memory_bytes, niceness)
    for line in questions:
        question = json.loads(line)
        try:
            pixels = open_picture(os.fsdecode(bytes.fromhex(question["path"]))).pixels
            if question["side"]:
                pixels = reduced(pixels, question["side"])
        except (EngineError, MemoryError) as error:
            _say(answers, {"refused": str(error) or type(error).__name__})
        else:
            _say(answers, {"width": pixels.shape[1], "height": pixels.shape[0]})
            answers.write(pixels.data)
        answers.flush()


def reduced(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """`pixels` (H x W x 3) with a longer side of at most `side`."""
    height, width = pixels.shape[:2]
    share = side / max(height, width)
    if share >= 1:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    image = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(image)


def _say(answers: BinaryIO, form: dict[str, Any]) -> None:
    answers.write(json.dumps(form).encode() + b"\n")


def _limit(memory_bytes: int, niceness: int) -> None:
    """So much memory, no files. Windows has no such limits; there only the patience of who asks counts."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(AttributeError, OSError):
        os.nice(niceness)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
