"""Whatever is typed, however long, is read, or it is said where it cannot be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prompt_texts import LONG, SHORT, WHOLE

from engine.api.brackets import brackets_of
from engine.api.dynamic import draw
from engine.api.errors import BadRequest
from engine.api.prompt import BREAK, parse, plain, source_indices
from engine.api.prompt_marks import Mark, marks_of
from engine.api.prompt_steps import at_step, changes, sentences

LISTS = {"colour": ["red", "{blue|green}"]}


def depth(text: str) -> int:
    """Of the brackets that have partners."""
    found = brackets_of(text)
    spans = [(one.start, one.end) for one in (*found.groups, *found.turns)]
    return max((sum(a <= start and end <= b for a, b in spans) for start, end in spans), default=0)


REACHED: dict[str, Callable[[str], bool]] = {
    "nested": lambda text: depth(text) >= 3,
    "unbalanced": lambda text: bool(brackets_of(text).lone),
    "escaped": lambda text: bool(brackets_of(text).escapes and brackets_of(text).groups),
    "scheduled": lambda text: any(turn.when is not None for turn in brackets_of(text).turns),
    "turns": lambda text: any(turn.when is None for turn in brackets_of(text).turns),
    "joined": lambda text: len(sentences(text)) > 1,
    "parted": lambda text: BREAK in plain(text) and bool(brackets_of(text).groups),
    "wearing a LoRA": lambda text: bool(brackets_of(text).loras),
    "right to left": lambda text: bool(re.search("[\u0590-\u07ff]", text)) and depth(text) > 0,
    "emoji": lambda text: "\u200d" in text and depth(text) > 0,
    "drawn": lambda text: "{" in text and "__colour__" in text,
}


def test_the_texts_reach_all_of_the_language():
    missing = set(REACHED)

    @settings(max_examples=1_000, derandomize=True, database=None, phases=[Phase.generate])
    @given(SHORT)
    def look(text: str) -> None:
        missing.difference_update([name for name in missing if REACHED[name](text)])

    look()
    assert not missing


def check(text: str) -> None:
    words = plain(text)
    assert "".join(segment.text for segment in parse(text)) == words
    assert all(0 <= segment.weight <= 10 for segment in parse(text))
    places = source_indices(text, range(len(words) + 1))
    assert list(places) == sorted(set(places))
    assert all(0 <= mark.start < mark.end <= len(text) for mark in marks_of(text, None))
    assert sentences(text) and not changes(at_step(text, 3, 20))
    try:
        draw(text, 1, LISTS.get)
    except BadRequest as error:
        assert 0 <= error.data["start"] < error.data["end"] <= len(text)


@given(WHOLE | SHORT)
def test_any_text_is_read_or_it_is_said_where_it_cannot_be(text: str) -> None:
    check(text)


@given(WHOLE | SHORT, st.data())
def test_in_sight_are_the_marks_that_touch_it_and_every_fault(text: str, data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    every = marks_of(text, None, LISTS.get)
    near = [mark for mark in every if mark.what is Mark.FAULT or (mark.end >= first and mark.start <= last)]
    assert list(marks_of(text, None, LISTS.get, in_sight=(first, last))) == near


def test_far_down_a_long_text_marks_are_known_and_the_first_faults_too() -> None:
    text = "__none__ " + "({a|b}:1.2) [a|b] " * 5_000
    marks = marks_of(text, None, LISTS.get, in_sight=(80_000, 80_200))
    assert [mark.why for mark in marks if mark.end < 80_000] == ["no_list"]
    assert {Mark.WEIGHT, Mark.TURN, Mark.DRAWN} == {mark.what for mark in marks if mark.start >= 80_000}
    assert marks[-1].end > 80_180 and marks[-1].start <= 80_200


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(LONG)
def test_a_hundred_thousand_characters_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    check(text)
    assert time.process_time() - started < 20  # a quadratic reader takes minutes


def test_a_word_that_is_escaped_knows_each_of_its_letters() -> None:
    assert source_indices(r"a \AND b", range(8)) == (0, 1, 2, 4, 5, 6, 7, 8)
