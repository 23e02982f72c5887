"""JSON from strangers' files: bounded, finite, and never a surprise to what reads it."""

from __future__ import annotations

import json
import re

import orjson

from engine.api.errors import UnreadableFile
from engine.api.form import Json

LARGEST = 32 << 20
DEEPEST = 128
"""Levels: a picture branched sixty times from its own steps is still read."""
LONGEST_NUMBER = 40
"""Digits; 2**64 has 20. Longer ones cost quadratic time and fit nowhere."""


def parse_foreign_json(text: str, largest: int = LARGEST, deepest: int = DEEPEST) -> Json:
    """The data in `text`; NaN, infinities and absurdly long numbers become None.

    ComfyUI writes NaN into its workflows, so that is no reason to refuse the rest. Raises
    `UnreadableFile`, and nothing else, for text that is no JSON, too long or nested too deeply.
    """
    if len(text) > largest:
        raise UnreadableFile(f"The JSON is longer than {largest >> 20} MiB; it was not read.")
    try:
        data = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"The JSON is damaged: {type(error).__name__}.") from None
    if text.count("[") + text.count("{") > deepest and _is_deeper(data, deepest):
        raise UnreadableFile(f"The JSON is nested deeper than {deepest} levels; it was not read.")
    return data


def _none(_: str) -> None:
    return None


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if abs(value) < float("inf") else None


def skim_foreign_json(text: str, largest: int = LARGEST) -> Json:
    """As `parse_foreign_json`, three times as fast, for what is looked through and not kept: whole numbers of
    more than 64 bits become real ones."""
    if len(text) <= largest:
        try:
            data = orjson.loads(text)
        except (ValueError, RecursionError):
            pass  # NaN, lone surrogates, damage: the slow one tells them apart
        else:
            if text.count("[") + text.count("{") <= DEEPEST or not _is_deeper(data, DEEPEST):
                return data
    return parse_foreign_json(text, largest)


DECODER = json.JSONDecoder(parse_constant=_none, parse_int=_whole, parse_float=_finite)


def _is_deeper(data: Json, limit: int) -> bool:
    """Looks level by level, because recursion is what the depth would break."""
    level: list[Json] = [data]
    for _ in range(limit):
        level = [
            item
            for holder in level
            if isinstance(holder, (dict, list))
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return False
    return any(isinstance(item, (dict, list)) for item in level)


XML_FORBIDS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def compact_json(data: object) -> str:
    """One line of JSON that every carrier holds unchanged: PNG text, XML, UTF-8.

    What XML or UTF-8 cannot hold is escaped, so any Python string comes back exactly.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return XML_FORBIDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
