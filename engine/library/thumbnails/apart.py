"""Whole pictures of strangers, decoded in processes apart: what crashes or hangs there is not the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.api.errors import UnreadableFile
from engine.api.images import Pixels
from engine.library.thumbnails.decoder_process import WHOLE, DecoderProcess, Limits


class PicturesApart:
    """For many threads. A process begins with the first picture and serves the next ones, until `rest`."""

    def __init__(self, limits: Limits = WHOLE) -> None:
        self._limits = limits
        self._changing = threading.Lock()
        self._idle: list[DecoderProcess] = []
        self._busy: list[DecoderProcess] = []
        self._is_closed = False

    def pixels(self, path: Path) -> Pixels:
        """H x W x 3, as `gate.open_picture` has them. Raises `UnreadableFile` naming the file and the cause,
        also where the decoder crashed, took too long, or was ended by `close`."""
        with self._borrowed() as decoder:
            return decoder.pixels(path)

    def rest(self) -> None:
        """End the processes that do nothing; their memory is free."""
        with self._changing:
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.end()

    def close(self) -> None:
        """End every process, also what is being decoded."""
        with self._changing:
            self._is_closed = True
            for decoder in self._busy:
                decoder.kill()
        self.rest()

    @contextmanager
    def _borrowed(self) -> Iterator[DecoderProcess]:
        with self._changing:
            if self._is_closed:
                raise UnreadableFile("The app is closing.", path="", cause="closing")
            decoder = self._idle.pop() if self._idle else DecoderProcess(self._limits)
            self._busy.append(decoder)
        try:
            yield decoder
        finally:
            with self._changing:
                self._busy.remove(decoder)
                keeps = not self._is_closed
                if keeps:
                    self._idle.append(decoder)
            if not keeps:
                decoder.end()
