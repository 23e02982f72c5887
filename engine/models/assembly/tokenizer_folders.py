"""Tokenizers in the artist's folders: of diffusers folders, and those that ComfyUI brings with its code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.api.errors import EngineError
from engine.api.form import Json
from engine.checkpoints.foreign_files import read_bounded, read_json
from engine.tokenizers.sentencepiece import FILE as PIECES
from engine.tokenizers.sentencepiece import read_pieces

LARGEST = 64 << 20
"""Bytes; Gemma's `tokenizer.json` has 34 MB."""
MOST = 200
LINES = "vocab.txt"
"""A word of BERT's on each."""
FILES = ("tokenizer.json", "vocab.json", PIECES, LINES)
DEEPEST = 8
PROGRAM_TOKENIZERS = Path("comfy", "text_encoders")
"""Where ComfyUI has them, from the folder that holds its `models`."""
NOT_LOOKED_INTO = frozenset(("node_modules", "site-packages", "venv", "outputs", "output", "custom_nodes"))


@dataclass(frozen=True)
class Tokenizer:
    kind: str
    """`clip`, `t5`, `qwen`, `gemma`, `mistral` or `bert`."""
    folder: Path
    tokens: int


def tokenizers_below(folders: Sequence[Path]) -> Iterator[Path]:
    """Every folder with a tokenizer's files below `folders`, and in the program whose models one holds."""
    seen: set[str] = set()
    for folder in folders:
        home = folder.expanduser().absolute()
        for start in (home, home / PROGRAM_TOKENIZERS, home.parent / PROGRAM_TOKENIZERS):
            for path in _folders_with_one(start):
                real = os.path.realpath(path)
                if real not in seen and len(seen) < MOST:
                    seen.add(real)
                    yield path


def _folders_with_one(start: Path) -> Iterator[Path]:
    depth = len(start.parts)
    for folder, folders, files in os.walk(start):
        if len(Path(folder).parts) - depth >= DEEPEST:
            folders.clear()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name.lower() not in NOT_LOOKED_INTO
        )
        if {"tokenizer.json", PIECES, LINES} & set(files) or {"vocab.json", "merges.txt"} <= set(files):
            yield Path(folder)


def tokenizer_at(folder: Path) -> Tokenizer | None:
    """What the files in `folder` are, by their content; None where they are no tokenizer that is needed."""
    return _looked_at(folder, tuple(_time_of(folder / name) for name in FILES))


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=MOST)
def _looked_at(folder: Path, times: tuple[int, ...]) -> Tokenizer | None:
    """Kept by the times of change: some of these files are large."""
    name = next((name for name in FILES if (folder / name).is_file()), None)
    if name is None:
        return None
    try:
        vocabulary = _words_in(folder, name)
    except EngineError:
        return None
    kind = _kind_of(vocabulary)
    return Tokenizer(kind, folder, len(vocabulary)) if kind else None


def _words_in(folder: Path, name: str) -> dict[str, Json]:
    """Raises `UnsafeFile` where the file is damaged."""
    if name == PIECES:
        pieces = read_pieces(folder)
        return dict.fromkeys((piece for piece, _ in pieces.vocabulary) if pieces is not None else ())
    if name == LINES:
        lines = read_bounded(folder / name, LARGEST).decode("utf-8", "replace").splitlines()
        return dict.fromkeys(lines)
    form = read_json(folder / name, LARGEST)
    return _of_tokenizer(form) if name == "tokenizer.json" else form


def _of_tokenizer(form: dict[str, Json]) -> dict[str, Json]:
    model = form.get("model")
    words = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(words, list):  # pieces with their likelihood
        return {str(pair[0]): None for pair in words if isinstance(pair, list) and pair}
    added = form.get("added_tokens")
    entries = added if isinstance(added, list) else []
    more = {
        str(entry["content"]): None for entry in entries if isinstance(entry, dict) and "content" in entry
    }
    return {**more, **(words if isinstance(words, dict) else {})}


def _kind_of(words: dict[str, Json]) -> str:
    if "<|startoftext|>" in words:
        return "clip"
    if {"[CLS]", "[SEP]", "##s"} <= words.keys():
        return "bert"
    if "[SYSTEM_PROMPT]" in words and "[INST]" in words:
        return "mistral"
    if "</s>" in words and "▁" in words:
        return "t5"
    if "<bos>" in words and "▁" in words:
        return "gemma"
    return "qwen" if "Ġ" in words or "<|im_start|>" in words else ""
