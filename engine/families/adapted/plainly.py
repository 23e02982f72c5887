"""For pipelines that take a network's answer as it is: ours answer with a tuple."""

from __future__ import annotations

from typing import Any


class Plainly:
    """A network of ours, answering such a pipeline."""

    def __init__(self, network: Any) -> None:
        self._network = network

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._network(*args, **kwargs)[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)
