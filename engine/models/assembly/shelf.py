"""What lies in the artist's folders beside a network: autoencoders, text encoders, tokenizers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.api.errors import EngineError
from engine.api.model_file import FileFormat, FileKind, ModelFile
from engine.checkpoints.checkpoint import TensorInfo, WeightFile, under
from engine.models.assembly.tokenizer_folders import Tokenizer, tokenizer_at, tokenizers_below
from engine.models.headers.files import read_header
from engine.models.headers.gguf import is_gguf, read_gguf
from engine.networks.original import eyes
from engine.networks.original.autoencoders import Autoencoder
from engine.networks.original.encoders import Encoder
from engine.networks.original.rules import Tensors, weights_only

KINDS = (FileKind.VAE, FileKind.TEXT_ENCODER, FileKind.IMAGE_ENCODER, FileKind.UNKNOWN)
ALONE = ("", "text_model.", "model.", "text_encoder.", "first_stage_model.", "vae.", "transformer.")
"""What programs put before the names in a file that holds one such network."""
MODEL_FOLDERS = frozenset(
    ("diffusion_models", "unet", "checkpoints", "stable-diffusion", "text_encoders", "clip", "vae", "loras")
)
"""Names, in small letters, of folders whose parent holds the other kinds of files too."""
ARCHITECTURE = "general.architecture"
"""Under which a GGUF file says what network it holds."""
ROUGH = ("F8", "Q", "IQ")
"""Beginnings of number formats that are less exact than 16 bits."""


@dataclass(frozen=True)
class Beside:
    """One network that lies in a file of its own."""

    file: WeightFile
    tensors: dict[str, TensorInfo]
    """By the names in the file, without what stands before all of them."""


@dataclass(frozen=True)
class Candidate:
    path: Path
    precision: str = ""
    """Of most of its numbers."""


class Shelf:
    """`files` lists what may serve; it is asked once, and only where something is needed."""

    def __init__(
        self, folders: Sequence[Path] = (), files: Callable[[], Sequence[ModelFile]] = tuple
    ) -> None:
        self._folders, self._files = tuple(folders), files

    @staticmethod
    def of(paths: Sequence[Path]) -> Shelf:
        """With nothing on it but these files and tokenizers' folders."""
        shelf = Shelf()
        shelf.candidates = tuple(Candidate(path) for path in paths if path.is_file())
        shelf.tokenizer_folders = tuple(path for path in paths if path.is_dir())
        return shelf

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(file.path, file.precision)
            for file in self._files()
            if file.kind in KINDS and _is_read(file)
        )

    @cached_property
    def tokenizer_folders(self) -> tuple[Path, ...]:
        return tuple(tokenizers_below(self._folders))

    @cached_property
    def tokenizers(self) -> tuple[Tokenizer, ...]:
        found = map(tokenizer_at, self.tokenizer_folders)
        return tuple(tokenizer for tokenizer in found if tokenizer is not None)

    @cached_property
    def stamp(self) -> str:
        """Another one where something came, went or changed."""
        paths = sorted({file.path for file in self.candidates} | set(self.tokenizer_folders))
        return hashlib.sha256(repr([(str(path), _state(path)) for path in paths]).encode()).hexdigest()[:16]

    def vae(self, wanted: Autoencoder, near: Path) -> Beside | None:
        """The autoencoder for a network at `near`: by its tensors, then by the words in its name."""
        found = [file for file in self._by_nearness(near) if not _has_word(file.path, wanted.other_names)]
        named = [file for file in found if _has_word(file.path, wanted.names)]
        rest = [file for file in found if file not in named]
        return next(self._opened([*named, *rest], wanted.fits), None)

    def encoder(self, wanted: Encoder, width: int, near: Path) -> Beside | None:
        """The text encoder of that kind whose text is `width` numbers wide; 0 for any."""
        for beside in self._opened(self._by_nearness(near), wanted.fits, wanted.architecture):
            if not width or wanted.width(wanted.read(beside.tensors)[1]) == width:
                return beside
        return None

    def eyes(self, width: int, near: Path) -> Beside | None:
        """Those of Qwen2.5-VL in a file of their own, for words of that width."""
        found = self._opened(self._by_nearness(near), eyes.fits, eyes.ARCHITECTURE)
        return next((beside for beside in found if eyes.width(beside.tensors) == width), None)

    def tokenizer(self, kind: str, tokens: int) -> Tokenizer | None:
        """The tokenizer of that kind with no more than `tokens` words, and of those the one with most."""
        fitting = [found for found in self.tokenizers if found.kind == kind and found.tokens <= tokens]
        return max(fitting, key=lambda found: found.tokens, default=None)

    def _by_nearness(self, near: Path) -> list[Candidate]:
        """Those in the same tree first, exact ones before rough ones, then by name."""
        return sorted(
            self.candidates,
            key=lambda file: (
                file.precision.startswith(ROUGH),
                -shared_length(near, file.path),
                str(file.path).casefold(),
            ),
        )

    def _opened(
        self, files: Sequence[Candidate], fits: Callable[[Tensors], bool], architecture: str = ""
    ) -> Iterator[Beside]:
        """Those that fit; of GGUF files, where `architecture` is not "", those that say they are it."""
        for file in files:
            try:
                packed = read_gguf(file.path) if is_gguf(file.path) else None
                if packed and architecture and packed.metadata.get(ARCHITECTURE) != architecture:
                    continue
                header = packed.weights if packed else read_header(file.path)
                tensors = weights_only(header.tensors)
            except EngineError:
                continue  # a broken file beside it is named in the list of models, and does not stop this one
            for prefix in ALONE:
                inner = under(tensors, prefix) if prefix else tensors
                if inner and fits(inner):
                    yield Beside(header, dict(inner))
                    break


def _is_read(file: ModelFile) -> bool:
    """Safetensors, and text encoders and eyes as GGUF: they are unpacked when they are loaded."""
    is_packed = file.format is FileFormat.GGUF and file.kind in (
        FileKind.TEXT_ENCODER, FileKind.IMAGE_ENCODER
    )  # fmt: skip
    return is_packed or file.format is FileFormat.SAFETENSORS


NOTHING = Shelf()


def around(path: Path) -> tuple[Path, ...]:
    """The folders near a file that may hold what it needs: its own, and its program's folder of models."""
    parent = path.absolute().parent
    near = [parent]
    for folder in (parent, *parent.parents[:3]):
        if folder.name.lower() in MODEL_FOLDERS:
            near.append(folder.parent)
            break
    return tuple(near)


def shared_length(one: Path, other: Path) -> int:
    """How much of their paths two files have in common; more is nearer."""
    try:
        return len(os.path.commonpath([one.absolute(), other.absolute()]))
    except ValueError:  # on other drives
        return 0


def _state(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _has_word(path: Path, words: Sequence[str]) -> bool:
    name = path.name.lower()
    return any(word in name for word in words)
