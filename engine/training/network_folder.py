"""One network as the stock pipelines load it: a folder with `config.json` and 16-bit weights, each whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from diffusers import ModelMixin

from engine.api.form import Json
from engine.library.save import save_bytes
from engine.training.export import WEIGHTS, weights


def save_network(folder: Path, network: ModelMixin) -> int:
    """`network` as a diffusers folder; says how many bytes its weights take."""
    folder.mkdir(parents=True, exist_ok=True)
    data = weights(network)
    save_bytes(folder / WEIGHTS, data)
    save_bytes(folder / "config.json", network.to_json_string().encode())
    return len(data)


def save_json(path: Path, data: Mapping[str, Json]) -> None:
    save_bytes(path, (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())
