"""The process that reads heads of files for the catalogue: batches of paths in, what they say out.

A program of its own rather than a `multiprocessing` child: that would import the window's or a script's main
module again. It holds nothing open, so it may be killed at any time; when its input ends, so does it.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence

import orjson

from engine.library import child
from engine.library.index.reading import Reading, Refusal, read_all
from engine.library.index.record import Kind
from engine.library.marks import NONE, Marks

COMMAND = (sys.executable, "-m", "engine.library.index.reader_process")
File = tuple[bytes, bytes]
"""Directory and name."""
Outcome = Reading | Refusal | None
MARKS, KIND = (Reading._fields.index(name) for name in ("marks", "kind"))
LISTS = tuple(Reading._fields.index(name) for name in ("loras", "skipped"))
KIND_OF = {kind.value: kind for kind in Kind}


PATIENCE_S = 30.0
"""For a batch; the disk's share of it."""


class ReaderLost(Exception):
    """The process ended before it answered."""


class ReaderLate(ReaderLost):
    """It was ended, for it had not answered in time: its disk hangs."""


class ReaderProcess:
    """One process; asked and answered in order."""

    def __init__(self) -> None:
        self._asked: deque[Sequence[File]] = deque()
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 16,
        )

    def ask(self, files: Sequence[File]) -> None:
        """Raises `ReaderLost`."""
        assert self._process.stdin is not None
        self._asked.append(files)
        try:
            self._process.stdin.write(
                b"%s\n" % json.dumps([list(map(os.fsdecode, file)) for file in files]).encode()
            )
            self._process.stdin.flush()
        except OSError:
            raise ReaderLost from None

    def answer(self) -> list[Outcome]:
        """To the oldest question that has none yet. Raises `ReaderLost`, `ReaderLate`."""
        assert self._process.stdout is not None
        with child.patience(self._process, PATIENCE_S) as is_late:
            line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise ReaderLate if is_late.is_set() else ReaderLost
        files = self._asked.popleft()
        return [_outcome(name, form) for (_, name), form in zip(files, _unpacked(line), strict=True)]

    def close(self) -> None:
        child.end(self._process)


def _form(outcome: Outcome) -> list | None:
    """All but the name, which who asks knows."""
    if outcome is None:
        return None
    told: list[object] = list(outcome[1:])
    if isinstance(outcome, Reading):
        marks = outcome.marks
        told[MARKS - 1] = marks != NONE and (
            marks.rating, marks.label, marks.favourite, marks.tags, marks.boards, marks.notes
        )  # fmt: skip
    return told


def _outcome(name: bytes, form: list | None) -> Outcome:
    if form is None:
        return None
    told = [name, *form]
    if len(told) == len(Refusal._fields):
        return Refusal(*told)
    told[KIND] = KIND_OF[told[KIND]]
    for place in LISTS:
        told[place] = tuple(told[place])
    if told[MARKS]:
        rating, label, favourite, tags, boards, notes = told[MARKS]
        told[MARKS] = Marks(rating, label, favourite, tuple(tags), tuple(boards), notes)
    else:
        told[MARKS] = NONE
    return Reading(*told)


def _packed(forms: list[list | None]) -> bytes:
    try:
        return orjson.dumps(forms)
    except TypeError:  # a lone surrogate, which only the slow one writes
        return json.dumps(forms).encode()


def _unpacked(line: bytes) -> list[list | None]:
    try:
        return orjson.loads(line)
    except ValueError:
        return json.loads(line)


def main() -> None:
    gc.freeze()  # what is loaded stays: looking through it for circles would take a tenth of the time
    for line in sys.stdin.buffer:
        files = [(os.fsencode(directory), os.fsencode(name)) for directory, name in json.loads(line)]
        sys.stdout.buffer.write(_packed([_form(outcome) for outcome in read_all(files)]) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
