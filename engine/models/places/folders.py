"""The pre-flight of a diffusers folder: nothing in it may name or bring code."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from engine.api.errors import UnsafeFile, UnsupportedModel
from engine.api.form import Json
from engine.api.model_info import Layout
from engine.api.text import clean_text
from engine.checkpoints.checkpoint import Checkpoint, WeightFile
from engine.checkpoints.foreign_files import LARGEST_CONFIG, FileState, open_regular, read_json, unsafe
from engine.families.guiders import GUIDERS
from engine.families.not_drawn import not_drawn
from engine.families.same_networks import DISTILLED, SAY_SO, own_pipeline
from engine.families.stages import PREFIX, SCHEDULES, SEEING
from engine.models.headers.files import read_header
from engine.models.places.two_folders import other_stage_of
from engine.models.places.walk import CONFIG, INDEX, has_index, index_in, weights_among
from engine.networks import classes, joined_unet

OWN = "lienzo.json"

CODE_KEYS = (
    "auto_map",
    "_attn_implementation_internal",
    "trust_remote_code",
    "custom_pipeline",
    "custom_pipelines",
)
"""Configuration keys by which loaders were made to run code from a model folder, or from the net."""

SCHEDULER_CLASS = re.compile(r"[A-Za-z0-9]{1,60}Scheduler")

CALLED = {
    "movq": "vae", "vqvae": "vae", "bert": "text_encoder", "image_unet": "unet",
    "clip_tokenizer": "tokenizer",
}  # fmt: skip
"""Parts that some makers call otherwise than all the others, to what they are called here."""

MISTAKEN = {"glm_image": "transformers", "deprecated": "diffusers"}
"""What diffusers writes down for a library that has a room of the same name as one of its own."""
WRITERS, WRITES = ("vision_language_encoder",), "generation_config.json"
"""Parts that write a picture in words, and where a folder says how they choose among likely ones."""
GUIDER_CONFIG = "guider_config.json"
DESCRIBING = ("QwenImageLayeredPipeline",)
"""Pipelines whose text encoder writes, too: what a picture shows."""

MOST_FILES = 2_000
PICKLES = (".bin", ".ckpt", ".pt", ".pth")


def read_folder(path: Path) -> Checkpoint:
    """The checked folder; raises `UnsafeFile` or `UnsupportedModel` with the cause."""
    names = file_names(path)
    refuse_code(path, names)
    name = index_in(names) or INDEX
    index = read_json(path / name)
    plain_files = _plain_files(path, names)
    refuse_code_keys(path / name, index)
    index = plain_index(path, index)
    if "_class_name" in index:
        called = str(index["_class_name"]), str(index.get("_blocks_class_name"))
        index |= {DISTILLED: True} if any(name.startswith(SAY_SO) for name in called) else {}
        index["_class_name"] = own_pipeline(str(index["_class_name"]))
    is_joined = joined_unet.is_joined(index.get("unet"))
    index |= {"unet": [*joined_unet.ALONE]} if is_joined else {}
    check_classes(path, index)
    other = other_stage_of(path, index)
    if other is not None:
        check_classes(other.folder, other.index)
        refuse_code(other.folder, file_names(other.folder))
    places = {CALLED.get(part, part): part_folder(path, part, index) for part in index}
    index = {CALLED.get(part, part): value for part, value in index.items()}
    if other is not None:
        plain_files |= _plain_files(other.folder, file_names(other.folder))
        places |= {f"{other.prefix}{part}": other.folder / part for part in other.parts}
        index |= {f"{other.prefix}{part}": other.index[part] for part in other.parts}
    networks = [part for part in index if is_network(index, part)]
    schedules = [part for part in SCHEDULES if _is_named(index, part)]
    writers = WRITERS + (("text_encoder",) if index.get("_class_name") in DESCRIBING else ())
    configs = {part: _read_config(path, part, places[part], writers) for part in (*networks, *schedules)}
    configs |= {
        part: read_config(file)
        for part in GUIDERS
        if _is_named(index, part) and (file := places[part] / GUIDER_CONFIG).exists()
    }
    weights = {part: _weights_of(path, part, places[part]) for part in networks}
    if is_joined:
        configs["unet"], weights["unet"] = joined_unet.alone(configs["unet"], weights["unet"])
    tokenizers = {part: place for part, place in places.items() if "tokenizer" in part}
    own = read_json(path / OWN) if OWN in names else {}
    return Checkpoint(
        path,
        Layout.DIFFUSERS,
        weights,
        {"model_index": index, **configs},
        own,
        card_licence(path, names),
        plain_files,
        tokenizers if other is not None else {name: at for name, at in tokenizers.items() if at.name != name},
    )


def part_folder(path: Path, part: str, index: Mapping[str, Json]) -> Path:
    """Where the part lies: in a folder of its name; of a model of one network it may lie beside the index.

    Google's of DDPM and NCSN++, the oldest that there are, are so.
    """
    own = path / part
    is_alone = sum(is_network(index, one) for one in index) == 1
    return path if is_alone and not own.is_dir() and (path / CONFIG).is_file() else own


def plain_index(path: Path, index: Mapping[str, Json]) -> dict[str, Json]:
    """A modular index as a plain one: [library, class] of each part that lies in the folder itself.

    Of a part that it names elsewhere, on the net, is said that it is absent.
    """
    return {part: _plain_part(path, part, value) for part, value in index.items()}


def _plain_part(path: Path, part: str, value: Json) -> Json:
    if isinstance(value, list) and len(value) == 2 and value[0] in MISTAKEN:
        return [MISTAKEN[str(value[0])], value[1]]
    told = value[2] if isinstance(value, list) and len(value) == 3 else None
    if not isinstance(value, list) or not isinstance(told, dict):
        return value
    library, name, hint = value[0], value[1], told.get("type_hint")
    if name is None and isinstance(hint, list):
        library, name = (*hint, None, None)[:2]
    is_here = Path(part).name == part and (path / part).is_dir()
    return [library, name] if is_here else [None, None]


def _plain_files(path: Path, names: set[str]) -> dict[Path, FileState]:
    """What the networks and the tokenizer are built by, besides the weights; looked at before it is read."""
    decide = {
        *(name for name in names if "/" not in name and name.endswith("model_index.json")),
        CONFIG,
        "scheduler_config.json",
        "scheduler/scheduler_config.json",
        *(name for name in names if name.endswith(("/config.json", f"/{WRITES}", f"/{GUIDER_CONFIG}"))),
    }
    readers = {
        name
        for name in names
        if name.count("/") == 1 and any(word in name.partition("/")[0] for word in ("tokenizer", "processor"))
    }
    return {path / name: FileState.of(path / name) for name in sorted((decide | readers) & names)}


def file_names(path: Path) -> set[str]:
    """Every file below `path`, relative, with `/`."""
    names: set[str] = set()
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names.update((Path(folder) / name).relative_to(path).as_posix() for name in files)
        if len(names) > MOST_FILES:
            raise unsafe(path, f"holds more than {MOST_FILES:,} files", "Choose the model's own folder.")
    return names


def refuse_code(path: Path, names: set[str]) -> None:
    code = sorted(name for name in names if name.lower().endswith((".py", ".pyc", ".so", ".pyd", ".dll")))
    if code:
        raise unsafe(path, f"brings program code ({code[0]})", "Lienzo runs no code of a model; use another.")


def refuse_code_keys(path: Path, config: Json, depth: int = 0) -> None:
    """Raises where any mapping in `config` has a key of `CODE_KEYS`, or nests more than 32 deep."""
    if depth > 32:
        raise unsafe(path, "is nested too deeply", "Get the model again from its source.")
    entries = config.items() if isinstance(config, dict) else ()
    for key, value in entries:
        if key in CODE_KEYS and value not in (None, False):
            raise unsafe(path, f"asks to run code ({key})", "Lienzo runs no code of a model; use another.")
        refuse_code_keys(path, value, depth + 1)
    for value in config if isinstance(config, list) else ():
        refuse_code_keys(path, value, depth + 1)


def read_config(file: Path) -> dict[str, Json]:
    """A network's configuration. Raises `UnsafeFile` where it cannot be read or asks to run code."""
    config = read_json(file)
    refuse_code_keys(file, config)
    return config


def check_classes(path: Path, index: Mapping[str, Json]) -> None:
    """Raises `UnsafeFile` where a part is code of nobody knows whom, `UnsupportedModel` for kinds not run."""
    for part, pair in index.items():
        if (
            part.startswith("_")
            or not isinstance(pair, list)
            or not any(isinstance(word, str) for word in pair)
        ):
            continue  # [null, null] is a part that is absent, a list of numbers an option
        library, name = (*pair, None, None)[:2]
        if len(pair) == 2 and (library, name) in classes.KNOWN:
            continue
        if part in SCHEDULES and library == "diffusers" and SCHEDULER_CLASS.fullmatch(str(name)):
            continue
        if known := not_drawn(str(index.get("_class_name"))):
            raise known.refusal(path)
        if library in ("diffusers", "transformers") and isinstance(name, str) and name.isidentifier():
            raise UnsupportedModel(
                f"{path.name} is a model of a kind that Lienzo cannot run: its pipeline is "
                f"{index.get('_class_name')}, and its {part} is of the class {name[:60]}. Choose another "
                "model; `lienzo models` lists those that run here.",
                path=str(path),
            )
        raise unsafe(path, f"names unknown code for its {part[:40]} ({str(pair)[:80]})", "Do not use it.")


def is_network(index: Mapping[str, Json], part: str) -> bool:
    pair = index.get(part)
    sees = part.startswith(PREFIX) or index.get("_class_name") in SEEING
    known = classes.NETWORKS | classes.VISION if sees else classes.NETWORKS
    return isinstance(pair, list) and len(pair) == 2 and (pair[0], pair[1]) in known


def _is_named(index: Mapping[str, Json], part: str) -> bool:
    return isinstance(index.get(part), list) and index[part] != [None, None]


def _read_config(path: Path, part: str, place: Path, writers: tuple[str, ...]) -> dict[str, Json]:
    file = place / ("scheduler_config.json" if part in SCHEDULES else CONFIG)
    if not file.exists():
        raise unsafe(path, f"has no {part}/{file.name}", "Parts of the model are missing; get it again.")
    config, writes = read_config(file), place / WRITES
    if part in writers and writes.exists():
        return {**config, "generation_config": read_config(writes)}
    return config


def _weights_of(path: Path, part: str, folder: Path) -> tuple[WeightFile, ...]:
    """The part's safetensors files: one, or the shards that its index names."""
    reads = part.removeprefix(PREFIX).startswith(
        ("text_encoder", "image_encoder", "siglip", "qformer", *WRITERS)
    )
    stem = "model" if reads else "diffusion_pytorch_model"
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set[str]()
    if found := weights_among(names, stem):
        return _shards(folder, folder / found) if found.endswith(".json") else (read_header(folder / found),)
    if any(Path(name).suffix.lower() in PICKLES for name in names):
        raise unsafe(
            path, f"has its {part} only as a pickle (.bin), which can run code",
            "Get the model as safetensors; most makers offer both.",
        )  # fmt: skip
    raise unsafe(path, f"has no weights for its {part}", "Parts of the model are missing; get it again.")


def _shards(folder: Path, index: Path) -> tuple[WeightFile, ...]:
    table = read_json(index, 4 * LARGEST_CONFIG).get("weight_map")
    names = {str(name) for name in table.values()} if isinstance(table, dict) else set()
    if not names or len(names) > 100 or any(name != Path(name).name for name in names):
        raise unsafe(index, "names impossible weight files", "Get the model again from its source.")
    return tuple(read_header(folder / name) for name in sorted(names))


def name_at(path: Path) -> str:
    """What a model's folder or file goes by; a network inside a model's folder by both."""
    if path.is_dir() and has_index(path.parent):
        return clean_text(f"{path.parent.name}/{path.name}")
    return clean_text(path.name if path.is_dir() else path.stem)


def card_licence(path: Path, names: set[str]) -> str:
    """`license:` of the model card's front matter (`README.md`), cleaned; empty where it says none."""
    card = next((name for name in names if name.lower() == "readme.md"), None)
    if card is None:
        return ""
    try:
        with open_regular(path / card) as file:
            text = (file.read(64 << 10) or b"").decode("utf-8", "replace")
    except UnsafeFile:
        return ""
    if not text.startswith("---"):
        return ""
    front = text.split("---", 2)[1]
    found = re.search(r"^license:[ \t]*['\"]?([^'\"\r\n#]{1,200})", front, re.MULTILINE)
    return clean_text(found.group(1))[:200].strip() if found else ""
