"""Styles as data: words that are put around the artist's, from the app's own file and the artist's.

A CSV of AUTOMATIC1111 (`name,prompt,negative_prompt`; its first ones say `text` for the prompt), or YAML or
JSON: a list of mappings with these keys (as Fooocus writes them), or a mapping from names to them. `{prompt}`
is where the artist's words go.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import resources
from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.text import clean_text
from engine.api.wording import Style
from engine.library.folders import prompts_folder
from engine.vocabulary.text_files import BrokenFile, UnreadableWords, data_of, files_below, kept, text_of

SUFFIXES = (".csv", ".yaml", ".yml", ".json")
OWN = Path(resources.__file__).parent / "prompts" / "styles"
MOST = 5_000
HEAD = ("name", "prompt", "negative_prompt")


def styles(folder: Path | None = None, faults: list[BrokenFile] | None = None) -> tuple[Style, ...]:
    """The artist's, then the app's own; of one name the first. What cannot be read is told in `faults`."""
    found: dict[str, Style] = {}
    for place in (folder or prompts_folder() / "styles", OWN):
        for path in files_below(place, SUFFIXES):
            try:
                for style in _styles_of(path):
                    found.setdefault(style.name.casefold(), style)
            except UnreadableWords as unreadable:
                if faults is not None:
                    faults.append(unreadable.fault)
    return tuple(found.values())[:MOST]


def chosen(names: Sequence[str], known: Sequence[Style]) -> tuple[Style, ...]:
    """Those called `names`, in that order. Raises `BadRequest` for a name that is not here."""
    by_name = {style.name.casefold(): style for style in known}
    for name in names:
        if name.casefold() not in by_name:
            raise BadRequest(
                "styles", f"there is no style {name[:80]!r}; put its file into the folder of styles, or take "
                "the style away", problem="no_style", name=name[:80],
            )  # fmt: skip
    return tuple(by_name[name.casefold()] for name in names)


@kept
def _styles_of(path: Path) -> tuple[Style, ...]:
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _data_rows(data_of(path))
    return tuple(style for row in rows if (style := _style(row, path.name)) is not None)


def _csv_rows(path: Path) -> Iterator[dict[str, Json]]:
    text = text_of(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        first = next(rows, [])
        head = ["prompt" if word == "text" else word for word in (word.strip().lower() for word in first)]
        names = head if "name" in head else list(HEAD)
        if "name" not in head and first:
            yield dict(zip(names, first, strict=False))
        for row in rows:
            yield dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise UnreadableWords(path, f"is no CSV: {error}", rows.line_num) from error


def _delimiter(text: str) -> str:
    """A spreadsheet writes semicolons where the comma is of numbers, as in Spain: its head tells."""
    found = re.match(r"\ufeff?\s*\"?name\"?\s*([;\t])", text, re.IGNORECASE)
    return found[1] if found else ","


def _data_rows(data: Json) -> Iterator[dict[str, Json]]:
    if isinstance(data, dict):
        data = [
            {"name": name, **row} if isinstance(row, dict) else {"name": name, "prompt": row}
            for name, row in data.items()
        ]
    for row in data if isinstance(data, list) else ():
        if isinstance(row, dict):
            yield row


def _style(row: dict[str, Json], source: str) -> Style | None:
    name, prompt, negative = (clean_text(str(row.get(key) or "")).strip() for key in HEAD)
    titles = row.get("titles")
    if not name or not (prompt or negative):
        return None
    return Style(
        name,
        prompt,
        negative,
        {str(code): str(title) for code, title in titles.items()} if isinstance(titles, dict) else {},
        source,
    )
