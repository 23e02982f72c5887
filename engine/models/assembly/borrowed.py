"""What a model's folder does not bring, although its networks read with it: tokenizers, out of other folders.

Diffusers would fetch them from the net. Here they are found in the model's folder or among the artist's.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.foreign_files import FileState
from engine.models.assembly.assemble import MISSING_TOKENIZER
from engine.models.assembly.shelf import Shelf
from engine.models.assembly.tokenizer_folders import FILES, Tokenizer, tokenizer_at


class Borrowed(NamedTuple):
    part: str
    """What it is called beside the model's own parts."""
    kind: str
    """As `Tokenizer.kind`."""
    class_name: str
    reader: str
    """The part that reads with it, in whose folder it may lie."""
    title: str


BORROWED = {
    "BlipDiffusionPipeline": Borrowed(
        "qformer_tokenizer", "bert", "BertTokenizer", "qformer", "bert-base-uncased"
    )
}
"""By the pipeline."""


def with_borrowed(checkpoint: Checkpoint, shelf: Shelf) -> Checkpoint:
    """`checkpoint` with the tokenizer that it lacks, from its own folder or from `shelf`.

    Raises `UnsupportedModel` that says what to put where, if there is none.
    """
    index = checkpoint.configs.get("model_index", {})
    wanted = BORROWED.get(str(index.get("_class_name")))
    if wanted is None or wanted.reader not in checkpoint.configs:
        return checkpoint
    found = _found(checkpoint, wanted, shelf)
    if found is None:
        raise UnsupportedModel(
            f"{checkpoint.path.name} reads with the tokenizer of {wanted.title}, which its folder does not "
            f"bring and no model folder has. Get the vocab.txt or tokenizer.json of {wanted.title} (230 KB) "
            f"and put it into {wanted.reader} in the model's folder, or into a folder of its own among your "
            "models.",
            path=str(checkpoint.path),
            problem=MISSING_TOKENIZER,
            title=wanted.title,
        )
    named: dict[str, Json] = {**index, wanted.part: ["transformers", wanted.class_name]}
    files = {found.folder / name for name in FILES if (found.folder / name).is_file()}
    return replace(
        checkpoint,
        configs={**checkpoint.configs, "model_index": named},
        tokenizers={**checkpoint.tokenizers, wanted.part: found.folder},
        plain_files={**checkpoint.plain_files, **{file: FileState.of(file) for file in files}},
    )


def borrowed_folders(checkpoint: Checkpoint) -> tuple[Path, ...]:
    """Those that are not the model's own."""
    parts = {wanted.part for wanted in BORROWED.values()}
    folders = (folder for part, folder in checkpoint.tokenizers.items() if part in parts)
    return tuple(
        folder for folder in folders if folder is not None and not folder.is_relative_to(checkpoint.path)
    )


def _found(checkpoint: Checkpoint, wanted: Borrowed, shelf: Shelf) -> Tokenizer | None:
    """Of as many words as the network has rows, or one less: it was taught a mark besides."""
    rows = _rows(checkpoint, wanted)
    own = (tokenizer_at(checkpoint.path / name) for name in (wanted.part, wanted.reader))
    for one in (*own, shelf.tokenizer(wanted.kind, rows)):
        if one is not None and one.kind == wanted.kind and rows - 1 <= one.tokens <= rows:
            return one
    return None


def _rows(checkpoint: Checkpoint, wanted: Borrowed) -> int:
    for file in checkpoint.weights.get(wanted.reader, ()):
        table = file.tensors.get("embeddings.word_embeddings.weight")
        if table is not None and table.shape:
            return table.shape[0]
    return 0
