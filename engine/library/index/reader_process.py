"""The process that reads heads of files for the catalogue: batches of paths in, what they say out.

A program of its own rather than a `multiprocessing` child: that would import the window's or a script's main
module again. It holds nothing open, so it may be killed at any time; when its input ends, so does it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from engine.library.index.reading import Reading, Refusal, read_all
from engine.library.index.record import Kind
from engine.library.marks import Marks

COMMAND = (sys.executable, "-m", "engine.library.index.reader_process")
File = tuple[bytes, bytes]
"""Directory and name."""
Outcome = Reading | Refusal | None
MARKS = Reading._fields.index("marks")
LISTS = ("loras", "skipped")


class ReaderLost(Exception):
    """The process ended before it answered."""


class ReaderProcess:
    """One process; asked and answered in order."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="ascii",
            bufsize=1 << 16,
        )

    def ask(self, files: Sequence[File]) -> None:
        """Raises `ReaderLost`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([list(map(os.fsdecode, file)) for file in files]) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise ReaderLost from None

    def answer(self) -> list[Outcome]:
        """To the oldest question that has none yet. Raises `ReaderLost`."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise ReaderLost
        return [_outcome(form) for form in json.loads(line)]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()  # type: ignore[union-attr]
            except OSError:
                pass  # what was still to be said has no reader any more


def _form(outcome: Outcome) -> list | None:
    if outcome is None:
        return None
    told = [os.fsdecode(outcome.name), *outcome[1:]]
    if isinstance(outcome, Reading):
        marks = outcome.marks
        told[MARKS] = (marks.rating, marks.label, marks.favourite, marks.tags, marks.boards, marks.notes)
    return told


def _outcome(form: list | None) -> Outcome:
    if form is None:
        return None
    told = [os.fsencode(form[0]), *form[1:]]
    if len(told) == len(Refusal._fields):
        return Refusal(*told)
    values = dict(zip(Reading._fields, told, strict=True))
    rating, label, favourite, tags, boards, notes = values["marks"]
    values |= {name: tuple(values[name]) for name in LISTS}
    marks = Marks(rating, label, favourite, tuple(tags), tuple(boards), notes)
    return Reading(**{**values, "kind": Kind(values["kind"]), "marks": marks})


def main() -> None:
    for line in sys.stdin:
        files = [(os.fsencode(directory), os.fsencode(name)) for directory, name in json.loads(line)]
        sys.stdout.write(json.dumps([_form(outcome) for outcome in read_all(files)]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
