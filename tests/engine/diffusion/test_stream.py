"""A blocking call read as an iterator: order, errors, closing."""

from __future__ import annotations

import threading

import pytest

from engine.api.control import Control
from engine.diffusion.stream import stream
from engine.diffusion.tap import Cancelled


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "denoise"]


def test_items_come_in_order_and_the_thread_ends():
    def count(emit, is_cancelled):
        for number in range(100):
            emit(number)

    assert list(stream(count, Control())) == list(range(100))
    assert helpers() == []


def test_an_error_of_the_call_is_raised_to_the_reader_after_what_came_before():
    def fail(emit, is_cancelled):
        emit("before")
        raise ValueError("a bug")

    items = stream(fail, Control())
    assert next(items) == "before"
    with pytest.raises(ValueError, match="a bug"):
        next(items)
    assert helpers() == []


@pytest.mark.parametrize("way", ["close", "control"])
def test_closing_and_cancelling_end_the_call_and_join_its_thread(way):
    control, ended = Control(), threading.Event()

    def work(emit, is_cancelled):
        try:
            while not is_cancelled():
                emit("still here")
            raise Cancelled
        finally:
            ended.set()

    items = stream(work, control)
    assert next(items) == "still here"
    if way == "close":
        items.close()
    else:
        control.cancel()
        for _ in items:
            pass
    assert ended.is_set() and helpers() == []
