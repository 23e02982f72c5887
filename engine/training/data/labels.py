"""Which emoji are learnt and what they are called: emojibase's labels, mended by the tables beside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.training.data.concepts import concept_id, plain_words

HERE = Path(__file__).parent
GROUPS = {
    "animal": "animal", "plant": "plant", "food": "food", "drink": "food", "person": "person",
    "face": "face", "cat-face": "face", "monkey-face": "face", "hand": "body", "hands": "body",
    "body": "body", "place-building": "building", "place-religious": "building",
    "place-geographic": "nature", "place-map": "thing",
    "transport-ground": "vehicle", "transport-water": "vehicle",
    "transport-air": "vehicle", "sky": "sky", "clothing": "clothing", "heart": "shape", "geometric": "shape",
}  # fmt: skip
"""emojibase's subgroup, or its first word, to ours; all else is a thing."""
LEFT_OUT_KINDS = {
    "person-gesture", "family", "hair-style", "skin-tone", "zodiac", "person-symbol", "alphanum", "keycap",
    "arrow", "av-symbol", "math", "gender", "currency", "transport-sign", "religion", "other-symbol",
    "punctuation",
}  # fmt: skip
KEPT_OF_TIME = {"hourglass done", "watch", "alarm clock", "stopwatch", "twelve o’clock"}
KEPT_OF_PEOPLE = {"woman dancing", "man dancing"}


@dataclass(frozen=True)
class Label:
    """An emoji and its words, before there are pictures."""

    id: str
    hexcode: str
    group: str
    kind: str
    names: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A line of `names.txt`."""

    names: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, tuple[str, ...]]


def read_labels(emojibase: Path) -> list[Label]:
    """The emoji of `emojibase` (the unpacked package) that are learnt, in its order."""
    data = {language: _read(emojibase / language / "data.json") for language in ("en", "es")}
    spanish = {form["hexcode"]: form for form in data["es"]}
    kinds = _read(emojibase / "meta" / "groups.json")
    rows, left_out = read_names(), read_left_out()
    labels = []
    for form in data["en"]:
        if "group" not in form or form["label"] in left_out:
            continue
        kind, group = kinds["subgroups"][str(form["subgroup"])], kinds["groups"][str(form["group"])]
        if is_learnt(form["label"], kind, group):
            labels.append(_label(form, spanish.get(form["hexcode"], {}), kind, rows.get(form["label"])))
    return labels


def is_learnt(label: str, kind: str, group: str) -> bool:
    """No flags, signs, clocks of each hour, nor the men and women that repeat a person."""
    if label in KEPT_OF_PEOPLE:
        return True
    if group in ("component", "flags") or kind in LEFT_OUT_KINDS or "facing right" in label:
        return False
    if kind == "time":
        return label in KEPT_OF_TIME
    return re.match(r"(man|woman|men|women|Mx)[ :]", label) is None


def read_names() -> dict[str, Row]:
    """`names.txt` by the emoji's label."""
    rows = {}
    for line in (HERE / "names.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            label, *columns = (column.strip() for column in line.split("|"))
            en, es, more_en, more_es = (split_words(column) for column in (*columns, "", "", "", "")[:4])
            rows[label] = Row({"en": en, "es": es}, {"en": more_en, "es": more_es})
    return rows


def read_left_out() -> frozenset[str]:
    lines = (HERE / "left_out.txt").read_text("utf-8").splitlines()
    labels = ";".join(line for line in lines if not line.startswith("#")).split(";")
    return frozenset(label.strip() for label in labels if label.strip())


def _label(form: Mapping, spanish: Mapping, kind: str, row: Row | None) -> Label:  # type: ignore[type-arg]
    own = {"en": plain_words(form["label"]), "es": plain_words(spanish.get("label", ""))}
    names = {language: (row and row.names[language]) or (own[language],) for language in own}
    return Label(
        id=concept_id(form["label"]),
        hexcode=form["hexcode"].lower(),
        group=GROUPS.get(kind) or GROUPS.get(kind.split("-")[0], "thing"),
        kind=kind,
        names=names,
        synonyms=row.synonyms if row else {"en": (), "es": ()},
        tags={
            language: tuple(plain_words(tag) for tag in data.get("tags", ()))
            for language, data in (("en", form), ("es", spanish))
        },
    )


def split_words(column: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in column.split(",") if word.strip())


def _read(path: Path):  # type: ignore[no-untyped-def]
    return json.loads(path.read_text("utf-8"))
