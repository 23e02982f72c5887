from __future__ import annotations

import ast
from pathlib import Path

import pytest

import engine
from desktop.state.words import say
from engine.api.errors import ERRORS, BadRequest, Overflow
from engine.api.events import Loading, Notice


@pytest.mark.parametrize("kind", sorted(ERRORS.values(), key=lambda kind: kind.__name__))
def test_every_error_has_words(qapp, kind):
    error = {BadRequest: lambda: BadRequest("steps", "must be"), Overflow: lambda: Overflow(3)}.get(
        kind, lambda: kind("The thing broke. Mend it.")
    )()
    assert len(say(error)) > 10


TAUGHT = ("teach.py", "prior.py", "learning.py", "memory_plan.py")
"""Of the training room, what the window asks for; the rest runs from the command line alone."""


def said_in_the_engine(name: str) -> set[str]:
    """The first argument of every `name("...")` in the engine's code, as far as the window runs it."""
    found = set()
    for path in Path(engine.__file__).parent.rglob("*.py"):
        if path.parts[-2] == "cli" or ("training" in path.parts and path.name not in TAUGHT):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=value), *_]) if (
                    called == name
                ):
                    found.add(value)
    return found


def test_every_stage_that_the_engine_names_has_words(qapp):
    stages = said_in_the_engine("Loading")
    assert "prompt" in stages
    assert not [stage for stage in stages if say(Loading(stage)) == "Preparing"]
    assert say(Loading("model", 0.5)) == "Loading the model 50%"


def test_every_notice_that_the_engine_names_has_words(qapp):
    codes = said_in_the_engine("Notice")
    assert not [code for code in codes if say(Notice(code)) == code]


def test_a_bug_is_said_too(qapp):
    assert "ZeroDivisionError" in say(ZeroDivisionError("division"))
