"""What `lienzo inspect` says of a model, a LoRA or another weight file: what it is, why, whether it runs."""

from __future__ import annotations

import json as json_text
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.form import to_json
from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo
from engine.api.model_file import FileKind, ModelFile
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo
from engine.api.vae import VaeInfo
from engine.api.vision import VisionInfo
from engine.cli.models_scan import file_form
from engine.cli.sizes import bytes_in_words
from engine.models.catalog import Catalog
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe

Usable = ModelInfo | LearntInfo | ControlInfo | AdapterInfo | VisionInfo | VaeInfo


@dataclass(frozen=True)
class Looked:
    """What there is to say of one path or name."""

    file: ModelFile | None
    """None for what has no file."""
    usable: Usable | None
    """As Lienzo runs or wears it; None where it cannot."""
    reason: str = ""
    """Why it cannot."""


def look_at(name: str, catalog: Catalog) -> Looked:
    """Raises the catalog's error where there is nothing, or nothing that can be recognised."""
    error: EngineError | None = None
    usable: Usable | None = None
    try:
        usable = find(name, catalog)
    except EngineError as refused:
        error = refused
    path = usable.path if usable is not None else Path(name).expanduser()
    file = describe(place_of(path.absolute())) if path is not None and name and _exists(path) else None
    if error is not None and (file is None or file.kind in (FileKind.BROKEN, FileKind.UNKNOWN)):
        raise error
    return Looked(file, usable, error.message if error is not None else "")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def find(name: str, catalog: Catalog) -> Usable:
    """The model, or what is used beside one, of that name or at that path."""
    try:
        return catalog.find(name)
    except (ModelNotFound, UnsupportedModel):
        for kind in LearntKind:
            with suppress(EngineError):
                return catalog.find_learnt(kind, name)
        for beside in (ControlInfo, AdapterInfo, VisionInfo, VaeInfo):
            with suppress(EngineError):
                return catalog.find_beside(beside, name)
        raise


def show(looked: Looked, json: bool) -> None:
    if json:
        typer.echo(json_text.dumps(form_of(looked)))
        return
    facts = file_facts(looked.file) if looked.file is not None else []
    if isinstance(looked.usable, ModelInfo):
        facts += model_facts(looked.usable)
    elif isinstance(looked.usable, ControlInfo):
        facts += control_facts(looked.usable)
    elif isinstance(looked.usable, (AdapterInfo, VisionInfo)):
        facts += beside_facts(looked.usable)
    elif isinstance(looked.usable, VaeInfo):
        facts += vae_facts(looked.usable)
    elif looked.usable is not None:
        facts += learnt_facts(looked.usable)
    elif looked.file is not None:
        facts.append(("Runs here", f"no: {looked.reason}"))
    typer.echo(table(facts))


def form_of(looked: Looked) -> dict[str, Any]:
    """`kind`, `family`, `why` and more; `model` or `learnt` where Lienzo can use it, else `reason`."""
    built_in = {"kind": FileKind.CHECKPOINT.value, "family": "", "why": ["built into Lienzo"]}
    usable = looked.usable
    return {
        **(file_form(looked.file) if looked.file is not None else built_in),
        "model": to_json(usable) if isinstance(usable, ModelInfo) else None,
        "learnt": to_json(usable) if isinstance(usable, LearntInfo) else None,
        "reason": looked.reason,
    }


def file_facts(file: ModelFile) -> list[tuple[str, object]]:
    family = ", ".join(filter(None, (file.family_titles, file.variant)))
    return [
        ("Kind", file.kind.value),
        ("For", family or "not known"),
        ("Format", ", ".join(filter(None, (file.format.value, file.precision)))),
        ("Numbers", f"{file.parameters:,}"),
        ("Because", "\n".join(file.why)),
        ("Title", file.title),
        ("Words", ", ".join(file.triggers)),
        ("Preview", file.preview or ""),
        ("File", f"{file.path}, {bytes_in_words(file.bytes)}"),
    ]


def control_facts(info: ControlInfo) -> list[tuple[str, object]]:
    return [
        ("Name", info.name),
        ("File", info.path),
        ("Reads", ", ".join(info.kinds) or "its name does not say"),
        ("Levels", "/".join(map(str, info.widths))),
        ("Parameters", f"{info.parameters:,}"),
        ("Licence", info.licence or "it does not say"),
    ]


def vae_facts(info: VaeInfo) -> list[tuple[str, object]]:
    return [
        ("Name", info.name),
        ("File", info.path),
        ("Stands in for", info.kind),
        ("Tiny", "yes: fast, less exact" if info.is_tiny else "no"),
        ("Licence", info.licence or "it does not say"),
    ]


def beside_facts(info: AdapterInfo | VisionInfo) -> list[tuple[str, object]]:
    is_adapter = isinstance(info, AdapterInfo)
    return [
        ("Name", info.name),
        ("File", info.path),
        ("Looks at", "pictures as a whole, for references" if is_adapter else info.kind),
        ("Needs", f"an image encoder of width {info.encoder_width}" if is_adapter else ""),
        ("Class", f"IP-Adapter, {info.variant}" if is_adapter else info.class_name),
        ("Parameters", f"{info.parameters:,}"),
        ("Licence", info.licence or "it does not say"),
    ]


def learnt_facts(info: LearntInfo) -> list[tuple[str, object]]:
    size = f"rank {info.rank}" if info.rank else f"{info.vectors} vectors"
    return [
        ("LoRA" if info.kind is LearntKind.LORA else "Embedding", info.name),
        ("File", info.path),
        ("Words", info.trigger or "it does not say"),
        ("Learnt with", info.base or "it does not say"),
        ("Pictures", info.pictures or ""),
        ("Size", f"{size}, {bytes_in_words(info.bytes)}"),
        ("Licence", info.licence or "it does not say"),
    ]


def model_facts(info: ModelInfo) -> list[tuple[str, object]]:
    sampling = info.defaults.sampling
    parts = [
        (
            part.name,
            f"{part.class_name}, {part.parameters:,} parameters, {bytes_in_words(part.bytes)}, {part.dtype}",
        )
        for part in info.parts
    ]
    return [
        ("Model", f"{info.title} ({info.name})"),
        ("Family", f"{info.family}, {info.variant}" if info.variant else info.family),
        ("File", info.path or "built in"),
        ("With", "\n".join(map(str, info.beside))),
        ("Layout", info.layout.value),
        ("Size", bytes_in_words(info.bytes) if info.bytes else ""),
        ("Licence", info.licence or "it does not say"),
        ("About", info.description),
        ("Predicts", info.prediction_type),
        (
            "Defaults",
            f"{info.defaults.width}x{info.defaults.height}, {sampling.scheduler}, {sampling.steps} steps",
        ),
        ("Reads", f"{info.capabilities.prompt_tokens} tokens" if info.capabilities.prompt_tokens else ""),
        *parts,
    ]


def table(rows: list[tuple[str, Any]]) -> str:
    """Names in one column, values in the next; what is empty is left out, and what was told before."""
    shown: dict[str, str] = {}
    for name, value in rows:
        if value not in (None, ""):
            shown.setdefault(name, str(value))
    width = max(map(len, shown)) + 2
    return "\n".join(
        f"{name:{width}}{value.replace(chr(10), chr(10) + ' ' * width)}" for name, value in shown.items()
    )
