"""What is asked of a document while it is worked on in the background: it waits in line, and nobody waits for
it with a window that stands still."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Waiter:
    do: Callable[[], object]
    is_kept: bool
    """Done also where the work before it was called off."""
    asked_by: object


class Line:
    """First come, first served; what is asked by one who is being served comes right after it."""

    def __init__(self) -> None:
        self._waiting: deque[Waiter] = deque()
        self._is_serving = False
        self._at = 0
        """Where the next one that is asked for by who is being served stands."""

    @property
    def is_free(self) -> bool:
        """Whether who comes now is next: nobody waits, or it is asked by the one who is being served."""
        return not self._waiting or (self._is_serving and self._at == 0)

    def holds(self, asked_by: object) -> bool:
        """Whether something waits that `asked_by` asked for."""
        return any(waiter.asked_by is asked_by for waiter in self._waiting)

    def join(self, do: Callable[[], object], is_kept: bool = False, asked_by: object = None) -> None:
        waiter = Waiter(do, is_kept, asked_by)
        if self._is_serving:
            self._waiting.insert(self._at, waiter)
            self._at += 1
        else:
            self._waiting.append(waiter)

    def call_off(self) -> None:
        """Only those that are kept still wait."""
        self._waiting = deque(waiter for waiter in self._waiting if waiter.is_kept)
        self._at = 0

    def serve(self, is_held_up: Callable[[], bool]) -> None:
        """One after the other, until nobody waits or `is_held_up()`. One that fails holds up nobody."""
        if self._is_serving:
            return
        self._is_serving = True
        try:
            while self._waiting and not is_held_up():
                self._at = 0
                self._waiting.popleft().do()
        finally:
            self._is_serving, self._at = False, 0
