from __future__ import annotations

import pytest
from engine_rooms import said_to_the_window

from desktop.state.words import say
from engine.api.errors import ERRORS, BadRequest, Overflow
from engine.api.events import Loading, Notice


@pytest.mark.parametrize("kind", sorted(ERRORS.values(), key=lambda kind: kind.__name__))
def test_every_error_has_words(qapp, kind):
    error = {BadRequest: lambda: BadRequest("steps", "must be"), Overflow: lambda: Overflow(3)}.get(
        kind, lambda: kind("The thing broke. Mend it.")
    )()
    assert len(say(error)) > 10


def test_every_stage_that_the_engine_names_has_words(qapp):
    stages = said_to_the_window("Loading")
    assert {"prompt", "lessons"} <= stages
    assert not [stage for stage in stages if say(Loading(stage)) == "Preparing"]
    assert say(Loading("model", 0.5)) == "Loading the model 50%"


def test_every_notice_that_the_engine_names_has_words(qapp):
    codes = said_to_the_window("Notice")
    assert not [code for code in codes if say(Notice(code)) == code]


def test_a_bug_is_said_too(qapp):
    assert "ZeroDivisionError" in say(ZeroDivisionError("division"))
