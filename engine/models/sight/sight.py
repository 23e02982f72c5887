"""Networks of the artist's that put pictures and words in one space: found, checked, described. No torch.

CLIP and its kin in the layout of transformers: a folder with its configuration, its tokenizer as data, and
safetensors. Nothing of a folder is ever run.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import unsafe
from engine.library.index.sights import SightModel
from engine.models.places.folders import file_names, read_config, refuse_code
from engine.models.places.walk import CONFIG
from engine.models.scanning.describe_folder import weights_in

CLASSES: Mapping[str, str] = {
    "clip": "CLIP",
    "altclip": "AltCLIP",
    "chinese_clip": "ChineseCLIP",
    "metaclip_2": "MetaClip2",
    "siglip": "Siglip",
}
"""`model_type` to the name before `Model` and `Config` of transformers' own classes. Many languages are read
by AltCLIP (Chen et al., https://arxiv.org/abs/2211.06679), MetaCLIP 2 (Chuang et al.,
https://arxiv.org/abs/2507.22062) and SigLIP (Zhai et al., https://arxiv.org/abs/2303.15343; 2:
https://arxiv.org/abs/2502.14786, whose fixed sizes are of the same class)."""
LENGTHS = {"siglip": ("vision_config", "hidden_size")}
"""Where it stands how long a vector is, if not in `projection_dim`."""
MOST = 16_384
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class SightFiles:
    """A checked folder."""

    path: Path
    kind: str
    """Of `CLASSES`."""
    config: Mapping[str, Json]
    weights: tuple[WeightFile, ...]
    length: int


def sight_files(path: Path) -> SightFiles:
    """The network in `path`, its configuration and every header checked.

    Raises `UnsafeFile` where the folder is damaged or brings code, `UnsupportedModel` where it is no network
    that sees pictures and reads words.
    """
    names = file_names(path)
    refuse_code(path, names)
    config = read_config(path / CONFIG)
    kind = str(config.get("model_type"))
    if kind not in CLASSES:
        raise UnsupportedModel(
            f"{path.name} sees no pictures: it is of the type {kind[:40]}. "
            f"Choose the folder of one of these: {', '.join(CLASSES.values())}.",
            path=str(path),
        )
    if TOKENIZER not in names:
        raise unsafe(path, f"has no {TOKENIZER}", "Get it with its tokenizer, from its source.")
    return SightFiles(path, kind, config, weights_in(path, path, "network"), _length(path, kind, config))


def _length(path: Path, kind: str, config: Mapping[str, Json]) -> int:
    part, key = LENGTHS.get(kind, ("", "projection_dim"))
    holder = config.get(part) if part else config
    length = holder.get(key, 768 if part else 512) if isinstance(holder, dict) else None
    if not isinstance(length, int) or not 0 < length <= MOST:
        raise unsafe(path / CONFIG, "says no sensible length of its vectors", "Get it again from its source.")
    return length


def sight_model(path: Path) -> SightModel:
    """As the gallery takes it. Raises as `sight_files`."""
    files = sight_files(path)
    facts = [(weights.path.name, weights.state.size) for weights in files.weights]
    marks = [hashlib.blake2b(_start_of(weights.path), digest_size=8).hexdigest() for weights in files.weights]
    digest = hashlib.blake2b(repr((files.kind, facts, marks)).encode(), digest_size=8).digest()
    mark = int.from_bytes(digest, "little") >> 1  # SQLite's numbers have a sign
    command = (sys.executable, "-m", "engine.models.sight.sight_process", str(path))
    return SightModel(path.name, mark, command, files.length)


HEAD_BYTES = 1 << 20


def _start_of(path: Path) -> bytes:
    """The header and the first weights, which no two networks share; not all of its gigabytes."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
