"""Frozen dataclasses to JSON and back; fields of a newer version are kept, not lost."""

from __future__ import annotations

import dataclasses
import enum
import math
import types
import typing
from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from engine.api.errors import BadRequest

type_hints = cache(typing.get_type_hints)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(value: object) -> typing.Any:
    """Plain JSON data for a frozen dataclass, enum, tuple or mapping of them.

    A dataclass with an `extra` mapping gives those unknown fields back beside its own.
    Classes that say `__json__()` (pictures, which are stored apart) are asked.
    """
    if hasattr(value, "__json__"):
        return value.__json__()  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = {
            field.name: to_json(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name != "extra"
        }
        return {**to_json(getattr(value, "extra", {})), **own}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRequest("number", f"{value} cannot be stored; it must be finite")
    return value


T = typing.TypeVar("T")


def from_json(kind: type[T], data: object, where: str = "") -> T:
    """An instance of dataclass `kind` from `to_json`'s data.

    Raises `BadRequest` naming the field (dotted from `where`) where a value has the wrong type.
    Missing fields take their defaults; unknown ones go into `extra` where the class has it.
    """
    return _read(kind, data, where)


_PLAIN: Container[object] = (str, int, bool)


def _read(kind: typing.Any, data: typing.Any, where: str) -> typing.Any:
    if kind in _PLAIN and type(data) is kind:  # most fields of most forms
        return data
    origin = typing.get_origin(kind)
    if kind is typing.Any or kind is object or origin is np.ndarray:
        return data  # pixels travel apart from the JSON and are put back by the reader
    if origin in (typing.Union, types.UnionType):
        return _read_union(kind, data, where)
    if origin is tuple:
        item = typing.get_args(kind)[0]
        _expect(isinstance(data, list), where, "a list", data)
        return tuple(_read(item, entry, f"{where}[{i}]") for i, entry in enumerate(data))
    if origin in (dict, Mapping) or kind in (dict, Mapping):
        _expect(isinstance(data, dict), where, "a mapping", data)
        return dict(data)
    if hasattr(kind, "__from_json__"):
        return kind.__from_json__(data, where)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, data, where)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(data)
        except ValueError:
            choices = ", ".join(str(choice.value) for choice in kind)
            raise BadRequest(where, f"{data!r} is not one of: {choices}") from None
    if kind is Path:
        return Path(_read(str, data, where))
    if kind is float:
        _expect(isinstance(data, (int, float)) and not isinstance(data, bool), where, "a number", data)
        return float(data)
    if kind is int:
        _expect(isinstance(data, int) and not isinstance(data, bool), where, "a whole number", data)
        return data
    _expect(isinstance(data, kind), where, kind.__name__, data)
    return data


def _read_union(kind: typing.Any, data: typing.Any, where: str) -> typing.Any:
    choices = typing.get_args(kind)
    if data is None and type(None) in choices:
        return None
    last: BadRequest | None = None
    for choice in (choice for choice in choices if choice is not type(None)):
        try:
            return _read(choice, data, where)
        except BadRequest as error:
            last = error
    raise last or BadRequest(where, f"cannot be {data!r}")


def _read_dataclass(kind: typing.Any, data: typing.Any, where: str) -> typing.Any:
    _expect(isinstance(data, dict), where or kind.__name__, "a mapping", data)
    fields = _fields(kind)
    values = {}
    for name, hint, is_array, is_needed in fields.values():
        path = f"{where}.{name}" if where else name
        if name in data:
            values[name] = _read(hint, data[name], path)
        elif is_array:
            values[name] = None
        elif is_needed:
            raise BadRequest(path, "is missing")
    if _has_extra(kind):
        values["extra"] = {key: item for key, item in data.items() if key not in fields and key != "extra"}
    return kind(**values)


class _Field(typing.NamedTuple):
    name: str
    hint: typing.Any
    is_array: bool
    is_needed: bool


@cache
def _fields(kind: typing.Any) -> dict[str, _Field]:
    """All but `extra`."""
    hints = type_hints(kind)
    return {
        field.name: _Field(
            field.name,
            hints[field.name],
            typing.get_origin(hints[field.name]) is np.ndarray,
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
        if field.name != "extra"
    }


@cache
def _has_extra(kind: typing.Any) -> bool:
    return any(field.name == "extra" for field in dataclasses.fields(kind))


def _expect(holds: bool, where: str, what: str, data: object) -> None:
    if not holds:
        raise BadRequest(where or "value", f"expected {what}, found {str(data)[:60]!r}")
