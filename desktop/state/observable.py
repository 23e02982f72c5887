"""App data that says when it changes: widgets follow, and hold no truth of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, overload

from PySide6.QtCore import QObject, Signal

T = TypeVar("T")


class Field(Generic[T]):
    """A plain attribute of an `Observable` that emits `changed(name)` when it gets another value.

    `accept`, where given, turns what is assigned into what is kept (or raises).
    """

    def __init__(self, default: T, accept: Callable[[Any], T] | None = None) -> None:
        self.default = default
        self.accept = accept
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, instance: QObject, owner: type) -> T: ...
    def __get__(self, instance: QObject | None, owner: type) -> T | Field[T]:
        if instance is None:
            return self
        return instance.__dict__.get(self.name, self.default)

    def __set__(self, instance: Observable, value: T) -> None:
        value = self.accept(value) if self.accept is not None else value
        before = self.__get__(instance, type(instance))
        if value is before or (type(value) is type(before) and value == before):
            return
        instance.__dict__[self.name] = value
        instance.changed.emit(self.name)


class Observable(QObject):
    """A QObject whose `Field`s are plain attributes; `changed(name)` follows every change."""

    changed = Signal(str)

    @classmethod
    def fields(cls) -> Iterator[Field[Any]]:
        """Every field, those of base classes first."""
        for kind in reversed(cls.__mro__):
            yield from (entry for entry in vars(kind).values() if isinstance(entry, Field))

    def values(self) -> dict[str, Any]:
        """The present value of every field by name."""
        return {field.name: getattr(self, field.name) for field in self.fields()}
