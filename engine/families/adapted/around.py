"""Stand-ins around what a pipeline works with: like it in all but what they say otherwise."""

from __future__ import annotations

from typing import Any


class Around:
    """Has all that `inner` has; classes of it say what is otherwise."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Plainly(Around):
    """A network of ours, which answers with a tuple, for a pipeline that takes the answer as it is."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)[0]
