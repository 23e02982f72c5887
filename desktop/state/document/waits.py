"""For what one can do to a document: where that is worked on in the background, it waits in line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from desktop.state.document.document import Document
from desktop.state.document.layers import Layer

P = ParamSpec("P")


class GoneError(Exception):
    """A layer that something is to be done to is not there any more."""


def waits(act: Callable[Concatenate[Document, P], None]) -> Callable[Concatenate[Document, P], None]:
    """`act(document, ...)` now, or as soon as what was asked for before it is done: see `Document.when_free`.

    Layers that it is given are those of that moment; where one has gone meanwhile, nothing is done.
    """

    @wraps(act)
    def in_line(document: Document, *args: P.args, **kwargs: P.kwargs) -> None:
        def do() -> None:
            try:
                present = [present_version(document, value) for value in args]
            except GoneError:
                return
            act(document, *present, **kwargs)  # type: ignore[arg-type]

        document.when_free(do)

    return in_line


def present_version(document: Document, value: Any) -> Any:
    """A layer as it is now; anything else as it is. Raises `GoneError`."""
    if not isinstance(value, Layer):
        return value
    present = document.layer(value.id)
    if present is None:
        raise GoneError
    return present
