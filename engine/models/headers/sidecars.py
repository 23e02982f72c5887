"""What makers and other programs say of a model, in its header and in small files beside it.

Read are: modelspec.* (Stability AI's model metadata standard) and ss_* (Kohya's trainer) of the header,
`NAME.civitai.info`, `NAME.cm-info.json`, `NAME.metadata.json`, A1111's `NAME.json` and a preview
picture. All of it is a stranger's text: it is cleaned, cut, and never believed about what the file is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api.errors import EngineError
from engine.api.form import Json
from engine.api.text import clean_text
from engine.checkpoints.foreign_files import read_json

LARGEST_SIDECAR = 4 << 20
LONGEST = 200
LONGEST_DESCRIPTION = 4_000
MOST_TRIGGERS = 24
SIDECARS = (".civitai.info", ".cm-info.json", ".metadata.json", ".json")
"""What is put after a file's stem, the richest first."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
PREVIEWS = tuple(f"{middle}{suffix}" for middle in (".preview", "") for suffix in PICTURES)
ENDINGS = (*SIDECARS, *PREVIEWS)
FOLDER_PREVIEWS = tuple(f"preview{suffix}" for suffix in PICTURES)
_TAG = re.compile(r"<[^>]{0,500}>")


@dataclass(frozen=True)
class Told:
    """Cleaned words about one model; empty where nobody says."""

    title: str = ""
    base: str = ""
    licence: str = ""
    triggers: tuple[str, ...] = ()
    description: str = ""
    preview: Path | None = None


def told_of(path: Path, beside: Iterable[str], metadata: Mapping[str, str]) -> Told:
    """What is said of the file or folder `path`; `beside` are the names in its folder.

    For a folder `beside` are the names in it.
    """
    names = frozenset(beside)
    is_folder = path.is_dir()
    sources = [_of_header(metadata)]
    for ending in SIDECARS if not is_folder else ():
        if f"{path.stem}{ending}" in names:
            sources.append(_of_sidecar(path.with_name(path.stem + ending)))
    wanted = FOLDER_PREVIEWS if is_folder else [path.stem + ending for ending in PREVIEWS]
    picture = next((name for name in wanted if name in names), None)
    home = path if is_folder else path.parent
    return Told(
        title=_first(source.title for source in sources),
        base=_first(source.base for source in sources),
        licence=_first(source.licence for source in sources),
        triggers=next((source.triggers for source in sources if source.triggers), ()),
        description=_first(source.description for source in sources),
        preview=home / picture if picture else None,
    )


def sidecar_names(path: Path, names: frozenset[str]) -> list[str]:
    """Those of `names` that `told_of` would read: when they change, it is asked again."""
    stem, own = path.stem, path.name
    return sorted(name for ending in ENDINGS if (name := stem + ending) in names and name != own)


def _of_header(told: Mapping[str, str]) -> Told:
    base = ("lienzo.base", "modelspec.architecture", "ss_base_model_version", "ss_sd_model_name")
    triggers = told.get("lienzo.trigger") or told.get("modelspec.trigger_phrase", "")
    return Told(
        title=_text(told.get("modelspec.title") or told.get("ss_output_name")),
        base=_text(next((told[key] for key in base if told.get(key)), "")),
        licence=_text(told.get("modelspec.license") or told.get("license") or told.get("licence")),
        triggers=_words([triggers]) or _commonest_tags(told.get("ss_tag_frequency", "")),
        description=_text(told.get("modelspec.description"), LONGEST_DESCRIPTION),
    )


def _commonest_tags(text: str) -> tuple[str, ...]:
    """The tag that (nearly) every picture had which a LoRA was taught with; there is none for a style."""
    try:
        told = json.loads(text) if 0 < len(text) < LARGEST_SIDECAR else {}
    except (ValueError, RecursionError):
        return ()
    counts: dict[str, int] = {}
    for tags in told.values() if isinstance(told, dict) else ():
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            if isinstance(count, int):
                counts[tag] = counts.get(tag, 0) + count
    if not counts:
        return ()
    most = max(counts.values())
    common = [tag for tag, count in counts.items() if count >= 0.95 * most]
    return _words(common) if len(common) <= 3 else ()


def _of_sidecar(path: Path) -> Told:
    try:
        form = read_json(path, LARGEST_SIDECAR)
    except (EngineError, OSError):
        return Told()  # a sidecar is a help, not a part: a broken one says nothing
    civitai = form.get("civitai")
    inner = civitai if isinstance(civitai, dict) else form
    model = inner.get("model")
    title = model.get("name") if isinstance(model, dict) else None
    return Told(
        title=_text(title or form.get("ModelName") or form.get("model_name")),
        base=_text(
            inner.get("baseModel") or form.get("BaseModel") or form.get("base_model")
            or form.get("sd version")
        ),
        licence=_text(form.get("license") or form.get("licence")),
        triggers=_words(
            inner.get("trainedWords") or form.get("TrainedWords") or [form.get("activation text") or ""]
        ),
        description=_text(
            inner.get("description") or form.get("ModelDescription") or form.get("description")
            or form.get("notes"),
            LONGEST_DESCRIPTION,
        ),
    )  # fmt: skip


def _text(value: Json, longest: int = LONGEST) -> str:
    """Plain text: marks of HTML, which Civitai's descriptions have, are taken out."""
    if not isinstance(value, str):
        return ""
    cut = value[: 4 * longest]
    plain = html.unescape(_TAG.sub(" ", cut)) if "<" in cut or "&" in cut else cut
    return " ".join(clean_text(plain).split())[:longest].strip()


def _words(value: Any) -> tuple[str, ...]:
    """Trigger words: a list, or texts with commas between them; each once."""
    if not isinstance(value, list):
        return ()
    found: dict[str, None] = {}
    for entry in value[:200]:
        for word in entry.split(",") if isinstance(entry, str) else ():
            if cleaned := _text(word, 80):
                found[cleaned] = None
    return tuple(found)[:MOST_TRIGGERS]


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
