from __future__ import annotations

import pytest

from desktop.state.observable import Field, Observable


class Lamp(Observable):
    brightness = Field(1.0, float)
    colour = Field("white")


def test_a_change_is_said_once_and_only_when_it_is_one(qapp):
    lamp, told = Lamp(), []
    lamp.changed.connect(told.append)
    lamp.colour = "red"
    lamp.colour = "red"
    lamp.brightness = 1
    assert told == ["colour"]
    assert lamp.values() == {"brightness": 1.0, "colour": "red"}


def test_instances_do_not_share_values(qapp):
    first, second = Lamp(), Lamp()
    first.colour = "red"
    assert second.colour == "white"


def test_a_refused_value_changes_nothing(qapp):
    lamp = Lamp()
    with pytest.raises(ValueError):
        lamp.brightness = "bright"  # type: ignore[assignment]
    assert lamp.brightness == 1.0
