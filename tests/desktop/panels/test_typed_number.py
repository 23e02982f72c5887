from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from windows import show_in_window

from desktop.panels.typed_number import TypedNumber, read_whole
from desktop.state.observable import Field, Observable

HIGHEST = 2**64 - 1


class Numbers(Observable):
    seed = Field(5)


def field(qtbot, numbers: Numbers) -> TypedNumber:
    return show_in_window(qtbot, TypedNumber(numbers, "seed", 0, HIGHEST))


def typed(number: TypedNumber, text: str) -> None:
    number.selectAll()
    QTest.keyClicks(number, text)


def test_a_seed_of_64_bits_is_taken_whole(qtbot):
    numbers = Numbers()
    typed(field(qtbot, numbers), str(HIGHEST))
    assert numbers.seed == HIGHEST


def test_one_more_than_that_is_marked_and_stays_as_typed(qtbot):
    numbers = Numbers()
    number = field(qtbot, numbers)
    typed(number, str(HIGHEST + 1))
    assert number.text() == str(HIGHEST + 1) and str(HIGHEST) in number.problem
    assert numbers.seed != HIGHEST + 1
    number.clearFocus()
    assert number.text() == str(HIGHEST + 1)


def test_a_change_of_the_state_is_shown_and_clears_the_mark(qtbot):
    numbers = Numbers()
    number = field(qtbot, numbers)
    typed(number, "no number")
    numbers.seed = 77
    assert number.text() == "77" and not number.problem


def test_only_multiples_are_allowed_on_a_grid_and_arrows_walk_it(qtbot):
    numbers = Numbers()
    number = field(qtbot, numbers)
    number.set_grid(8)
    typed(number, "130")
    assert "128" in number.problem
    typed(number, "128")
    assert not number.problem and numbers.seed == 128
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert numbers.seed == 136 and number.text() == "136"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_text_reads_as_a_whole_number_or_as_none(text: str):
    value = read_whole(text)
    assert value is None or (value >= 0 and str(value) == text.strip().lstrip("0").rjust(1, "0"))


@given(st.integers(0, HIGHEST))
def test_every_seed_reads_as_itself(seed: int):
    assert read_whole(f" {seed} ") == seed
