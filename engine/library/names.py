"""File names from templates: `{date}/{number:05} {prompt}` to a name that works on every system.

Only the template may make folders; whatever a prompt or model is called, the result stays inside the library.
"""

from __future__ import annotations

import datetime
import os
import re
import string
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from engine.api.brackets import BREAK
from engine.api.errors import BadRequest
from engine.api.prompt import plain
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.api.text import clean_text

DEFAULT_TEMPLATE = "{date}/{number:05} {prompt}"
TOKENS = ("date", "time", "seed", "model", "prompt", "number", "scheduler", "steps", "width", "height")
NUMBERS = ("seed", "number", "steps", "width", "height")
LONGEST_PROMPT = 80
"""Characters of the prompt that go into a name."""
CHOICE = re.compile(r"__|[{}|]|\bAND\b")
"""What is left of a wildcard or a choice that was not drawn, and what parts sentences."""
JSON_CAPTION = re.compile(r'\s*\{\s*"')
LONGEST_PART = 255
"""Bytes of UTF-8 that every common file system takes for one name."""
ROOM_FOR_NUMBER = 8
"""Bytes that are left for the " (2)" of `save_new`."""
FORBIDDEN = '<>:"/\\|?*'
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\s|$)", re.IGNORECASE)
"""Names that are devices on Windows, with whatever suffix."""


def picture_name(template: str, recipe: Recipe, number: int, suffix: str = ".png") -> str:
    """The relative path, with `/` between folders, for a picture made from `recipe`.

    Args:
        template: Text with `TOKENS` in braces; numbers take a width, as in `{number:05}`.
        number: What `{number}` becomes; see `next_number`.
        suffix: `.png`, `.jpg` or `.webp`; counts towards the 255 bytes of a name.

    Raises `BadRequest` for field `name_template`.
    """
    values = _values(recipe, number)
    parts = [_fill(part, values) for part in _checked_parts(template)]
    folders = [safe_name(part) for part in parts[:-1]]
    stem = safe_name(parts[-1], LONGEST_PART - ROOM_FOR_NUMBER - len(suffix.encode()))
    return str(PurePosixPath(*folders, stem + suffix))


def example_name(template: str, suffix: str = ".png") -> str:
    """What `template` makes of a typical picture, for the preferences. Raises `BadRequest`."""
    request = GenerationRequest("starter", "a cute beagle smiling", sampling=Sampling(seed=42))
    return picture_name(template, Recipe(request, model_title="Starter"), 7, suffix)


def next_number(folder: Path | str) -> int:
    """One more than the highest number that a picture's name in `folder` begins with; 1 to start.

    Folders below are looked through too, so that numbers go on over days.
    """
    numbers = [
        int(match[0])
        for _, _, names in os.walk(folder)
        for name in names
        if (match := re.match(r"[0-9]{1,9}(?![0-9-])", name))
    ]
    return max(numbers, default=0) + 1


def safe_name(text: str, largest_bytes: int = LONGEST_PART) -> str:
    """`text` as one file or folder name, never empty, of at most `largest_bytes` in UTF-8."""
    visible = "".join(character for character in clean_text(text) if not _is_invisible(character))
    plain = "".join(
        " " if character in FORBIDDEN or character.isspace() else character for character in visible
    )
    text = _tidy(re.sub(" +", " ", unicodedata.normalize("NFC", plain)))
    if RESERVED.match(text := _cut(text, largest_bytes)):
        text = _cut("_" + text, largest_bytes)
    return text or "picture"


def _cut(text: str, largest_bytes: int) -> str:
    """The beginning of `text` in whole characters."""
    return _tidy(text.encode()[:largest_bytes].decode("utf-8", "ignore"))


def _is_invisible(character: str) -> bool:
    """Direction marks and the like, which make a name read as another; joiners of emoji and scripts stay."""
    return (
        unicodedata.category(character) in ("Cf", "Co", "Cn", "Zl", "Zp") and character not in "\u200c\u200d"
    )


def _tidy(text: str) -> str:
    """Windows drops dots and spaces at the end; a leading dot hides a file elsewhere."""
    return text.strip(". \u200c\u200d")


def _values(recipe: Recipe, number: int) -> Mapping[str, str | int]:
    request, made = recipe.request, _time_of(recipe)
    return {
        "date": f"{made:%Y-%m-%d}",
        "time": f"{made:%H-%M-%S}",
        "seed": request.sampling.seed,
        "model": recipe.model_title or Path(request.model).stem,
        "prompt": _short(_words(request.prompt)) or "picture",
        "number": number,
        "scheduler": request.sampling.scheduler,
        "steps": request.sampling.steps,
        "width": request.width,
        "height": request.height,
    }


def _time_of(recipe: Recipe) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(recipe.created)
    except ValueError:
        return datetime.datetime.now().astimezone()


def _words(prompt: str) -> str:
    """What the prompt says, without weights, LoRAs and marks of choices; a caption in JSON as it is."""
    begun = prompt[: 16 * LONGEST_PROMPT]
    if JSON_CAPTION.match(begun):
        return begun
    return CHOICE.sub(" ", plain(begun).replace(BREAK, " "))


def _short(prompt: str) -> str:
    """The prompt's beginning, cut between words where there are any."""
    line = " ".join(prompt[: 4 * LONGEST_PROMPT].split())
    if len(line) <= LONGEST_PROMPT:
        return line
    head, space, _ = line[: LONGEST_PROMPT + 1].rpartition(" ")
    return head if space and len(head) > LONGEST_PROMPT // 2 else line[:LONGEST_PROMPT]


def _checked_parts(template: str) -> list[str]:
    """The template's folders and name, each known to be sound; or `BadRequest`."""
    if not template.strip():
        raise _wrong("empty", "is empty; try " + DEFAULT_TEMPLATE)
    parts = template.replace("\\", "/").split("/")
    for part in parts:
        if not part.strip():
            reason = "has an empty folder name; write one / between names, and none at the start or end"
            raise _wrong("empty_folder", reason)
        if not part.strip(". "):
            reason = f"may not hold {part.strip()!r} as a folder: pictures stay in the library"
            raise _wrong("outside", reason)
        _check_tokens(part)
    return parts


def _check_tokens(part: str) -> None:
    for literal, token, form, conversion in _parse(part):
        if wrong := set(literal) & set(FORBIDDEN):
            reason = f"may not hold {' '.join(sorted(wrong))} because not every system allows it in names"
            raise _wrong("forbidden", reason)
        if token is None:
            continue
        if token not in TOKENS or conversion:
            known = " ".join(f"{{{name}}}" for name in TOKENS)
            raise _wrong("token", f"does not know {{{token}}}; there are {known}")
        if form and not (token in NUMBERS and re.fullmatch(r"0?[1-9]|0?1[0-9]", form)):
            reason = f"cannot write {{{token}:{form}}}; a width like {{number:05}} is for numbers, up to 19"
            raise _wrong("width", reason)


def _parse(part: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(part))
    except ValueError:
        raise _wrong("brace", "has a brace without its partner; write {{ for a brace itself") from None


def _fill(part: str, values: Mapping[str, str | int]) -> str:
    return "".join(
        literal + (format(values[token], form or "") if token else "")
        for literal, token, form, _ in _parse(part)
    )


def _wrong(problem: str, reason: str) -> BadRequest:
    """`problem` says in a word what the window says in its own language."""
    return BadRequest("name_template", reason, problem=problem)
