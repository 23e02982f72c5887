"""Which files of the engine the window makes use of: the others speak on the command line alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

import engine

HERE = Path(engine.__file__).parent


@cache
def files_of_the_window() -> tuple[Path, ...]:
    """All but the command line's, and but those of the training room that no request leads to."""
    graph = grimp.build_graph("engine")
    asked_for = graph.find_upstream_modules("engine.tasks")
    learning = graph.find_descendants("engine.training") - asked_for
    left_out = learning | graph.find_descendants("engine.cli")
    return tuple(path for path in sorted(HERE.rglob("*.py")) if module_of(path) not in left_out)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(HERE.parent).with_suffix("").parts).removesuffix(".__init__")


def said_to_the_window(name: str) -> set[str]:
    """The first argument of every `name("...")` in those files."""
    return {word for path in files_of_the_window() for word in first_words(path, name)}


def first_words(path: Path, name: str) -> Iterator[str]:
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)) if name in text else ():
        match node:
            case ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=word), *_]) if called == name:
                yield word
