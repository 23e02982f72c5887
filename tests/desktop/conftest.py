"""Qt objects die in the thread they live in: garbage is collected between tests, in the main thread."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def garbage_is_collected_in_the_main_thread() -> Iterator[None]:
    """A collection that happens to run in the engine's thread would destroy widgets there and crash."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()
