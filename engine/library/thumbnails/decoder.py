"""The process that decodes strangers' pictures: what crashes, hangs or is taken over here is not the app.

It may use so much memory and time, and writes no files. Questions come as JSON lines on its input; an answer
is a JSON line with the facts of the file, once the disk gave them, another one, and the bare pixels, so that
who asked decodes nothing of a stranger's.
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
        path = os.fsdecode(bytes.fromhex(question["path"]))
        _say(answers, _facts(path))
        answers.flush()
        try:
            pixels = open_picture(path).pixels
            if question["side"]:
                pixels = reduced(pixels, question["side"])
        except (EngineError, MemoryError) as error:
            _say(answers, {"refused": str(error) or type(error).__name__})
        else:
            _say(answers, {"width": pixels.shape[1], "height": pixels.shape[0]})
            answers.write(pixels.data)
        answers.flush()


def _facts(path: str) -> dict[str, int]:
    """Length and time; empty where there is no file. What a disk that hangs does not tell."""
    try:
        facts = os.stat(path)  # noqa: PTH116
    except OSError:
        return {}
    return {"size": facts.st_size, "mtime_ns": facts.st_mtime_ns}


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
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # whatever the window runs under
    with contextlib.suppress(AttributeError, OSError):
        os.nice(niceness)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
