"""Further folders of models that other programs were told of: in ComfyUI's YAML, in A1111's command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import yaml

from engine.api.errors import EngineError
from engine.checkpoints.foreign_files import read_bounded

COMFY_FILES = ("extra_model_paths.yaml", "extra_model_paths.yml")
NO_MODELS = frozenset(("base_path", "is_default", "custom_nodes", "configs"))
"""Keys of a section that name no folder of models."""
A1111_FILES = ("webui-user.sh", "webui-user.bat", "webui-macos-env.sh")
A1111_FLAGS = frozenset(
    (
        "ckpt-dir", "ckpt-dirs", "vae-dir", "vae-dirs", "lora-dir", "lora-dirs", "embeddings-dir", "lyco-dir",
        "controlnet-dir", "controlnet-preprocessor-models-dir", "text-encoder-dir", "text-encoder-dirs",
        "hypernetwork-dir", "models-dir", "esrgan-models-path", "realesrgan-models-path",
        "swinir-models-path", "codeformer-models-path",
    )
)  # fmt: skip
"""Whose value is a folder of models."""
A1111_HOMES = frozenset(("data-dir", "forge-ref-a1111-home"))
"""Whose value is a folder that has `models` and `embeddings` in it."""
_ARGUMENTS = re.compile(r"^\s*(?:export|set)?\s*COMMANDLINE_ARGS\s*=\s*(.*)$", re.MULTILINE | re.IGNORECASE)


def further_folders(home: Path) -> list[Path]:
    """Folders that are there and that the program in `home`, or in the folder above it, was told of."""
    found = [folder for place in (home, home.parent) for folder in (*_of_comfy(place), *_of_a1111(place))]
    return [folder for folder in dict.fromkeys(found) if folder.is_dir()]


def _of_comfy(home: Path) -> Iterator[Path]:
    """Each section is a program's folder (`base_path`) and, by kind, one or several folders in it."""
    for name in COMFY_FILES:
        text = _text(home / name)
        try:
            sections = yaml.safe_load(text) if text else None
        except (yaml.YAMLError, RecursionError, ValueError):
            continue  # what ComfyUI itself could not read
        for section in sections.values() if isinstance(sections, dict) else ():
            if isinstance(section, dict):
                yield from _of_section(home, section)


def _of_section(home: Path, section: dict[object, object]) -> Iterator[Path]:
    base = _path(home, str(section.get("base_path") or "."))
    for key, value in section.items():
        if str(key) in NO_MODELS or not isinstance(value, str):
            continue
        for line in value.splitlines():
            if line.strip():
                yield _path(base, line.strip())


def _of_a1111(home: Path) -> Iterator[Path]:
    for name in A1111_FILES:
        for arguments in _ARGUMENTS.findall(_text(home / name)):
            words = _words(arguments.strip().strip("'\""))
            for flag, value in pairwise(words):
                if flag.removeprefix("--") in A1111_FLAGS:
                    yield _path(home, value)
                elif flag.removeprefix("--") in A1111_HOMES:
                    yield from (_path(home, value) / below for below in ("models", "embeddings"))


def _words(arguments: str) -> list[str]:
    try:
        words = shlex.split(arguments.replace("\\", "/"))
    except ValueError:  # a quote that is never closed
        words = arguments.split()
    return [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]


def _path(home: Path, text: str) -> Path:
    try:
        return home / Path(text).expanduser()
    except RuntimeError:  # the home of a user that is not here
        return home / text


def _text(path: Path) -> str:
    try:
        return read_bounded(path).decode("utf-8", "replace") if path.is_file() else ""
    except (EngineError, OSError):
        return ""
