"""A network that puts pictures and words in one space, loaded from a checked folder and asked. Torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.foreign_files import read_bounded, read_json, unsafe
from engine.checkpoints.weights import build_empty, check_fits, count_not_finite, fill, read_tensors
from engine.models.sight.sight import CLASSES, TOKENIZER, SightFiles
from engine.networks.vision import PROCESSOR

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)
LARGEST_TOKENIZER = 64 << 20
FEWEST_TOKENS, MOST_TOKENS = 2, 512
SMALLEST_PX, LARGEST_PX = 8, 1024
NOT_WEIGHTS = ("position_ids",)
"""Ends of names that older files have and newer classes make themselves."""


class SightNetwork:
    """Loaded once; one question at a time."""

    def __init__(self, files: SightFiles) -> None:
        """Raises `UnsafeFile` or `UnsupportedModel` naming what does not fit."""
        self._files = files
        self._network = _loaded(files)
        self._is_siglip = files.kind == "siglip"
        self._side = _side(files)
        self._mean, self._std = _colours(files)
        self._tokenizer, self._tokens = _tokenizer(files), _tokens(files)
        self._pad_id = _pad_id(files, self._tokenizer)

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """N x length, each of length 1."""
        return np.concatenate([self._text(text) for text in texts])

    @torch.inference_mode()
    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """As `texts`, of pictures H x W x 3."""
        pixels = np.stack([self._pixels(picture) for picture in pictures])
        found = self._network.get_image_features(pixel_values=torch.from_numpy(pixels))
        return _unit(found)

    def _text(self, text: str) -> NDArray[np.float32]:
        """SigLIP was taught lower case, and reads its last place: so every text fills all places."""
        ids = self._tokenizer.encode(text.lower() if self._is_siglip else text).ids[: self._tokens]
        if self._is_siglip:
            ids += [self._pad_id] * (self._tokens - len(ids))
        elif len(ids) == self._tokens:
            ids[-1] = self._tokenizer.encode("").ids[-1]  # the end mark, where the text was cut
        asked = {"input_ids": torch.tensor([ids])}
        if not self._is_siglip:
            asked["attention_mask"] = torch.ones_like(asked["input_ids"])
        return _unit(self._network.get_text_features(**asked))

    def _pixels(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """3 x side x side: CLIP's shorter side fits and the middle is cut out, SigLIP's picture is bent."""
        image, side = Image.fromarray(np.ascontiguousarray(picture)), self._side
        if self._is_siglip:
            image = image.resize((side, side), Image.Resampling.BICUBIC)
        else:
            scale = side / min(image.size)
            size = (max(side, round(image.width * scale)), max(side, round(image.height * scale)))
            image = image.resize(size, Image.Resampling.BICUBIC)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            image = image.crop((left, top, left + side, top + side))
        values = (np.asarray(image, np.float32) / np.float32(255) - self._mean) / self._std
        return values.transpose(2, 0, 1)


def _loaded(files: SightFiles) -> Any:
    name, what = CLASSES[files.kind], f"network that sees, {files.path.name},"
    make_config, make = getattr(transformers, f"{name}Config"), getattr(transformers, f"{name}Model")
    network = build_empty(lambda: make(make_config(**_without_class(files.config))), what)
    state = read_tensors(files.weights, torch.float32, lambda name: not name.endswith(NOT_WEIGHTS))
    names = network.state_dict().keys()
    state = {_present_name(name, names): tensor for name, tensor in state.items()}
    check_fits(network, state, what, files.path)
    if bad := count_not_finite(state.values()):
        raise UnsupportedModel(f"{files.path.name} holds {bad} numbers that are none; get it again.")
    return fill(network, state, torch.device("cpu"))


def _present_name(name: str, names: Collection[str]) -> str:
    """Of a tensor in a BERT that was saved under transformers' names of old."""
    present = name.replace(".encoder.layer.", ".encoder.layers.")
    return present if present in names else name


def _without_class(config: Mapping[str, Json]) -> dict[str, Json]:
    """What decides the network; how and by whom it was saved does not."""
    left_out = (
        "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "_name_or_path",
    )  # fmt: skip
    return {key: value for key, value in config.items() if key not in left_out}


def _side(files: SightFiles) -> int:
    vision = files.config.get("vision_config")
    side = vision.get("image_size", 224) if isinstance(vision, dict) else 224
    if not isinstance(side, int) or not SMALLEST_PX <= side <= LARGEST_PX:
        raise unsafe(files.path, "says no sensible size of its pictures", "Get it again from its source.")
    return side


def _colours(files: SightFiles) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and spread of what it was taught."""
    usual = (HALF, HALF) if files.kind == "siglip" else (CLIP_MEAN, CLIP_STD)
    told = read_json(files.path / PROCESSOR) if (files.path / PROCESSOR).is_file() else {}
    return _three(told.get("image_mean"), usual[0]), _three(told.get("image_std"), usual[1])


def _three(told: Json, usual: tuple[float, ...]) -> NDArray[np.float32]:
    is_sound = isinstance(told, list) and len(told) == 3 and all(isinstance(v, float) and v > 0 for v in told)
    return np.array(told if is_sound else usual, np.float32)


def _tokenizer(files: SightFiles) -> Tokenizer:
    data = read_bounded(files.path / TOKENIZER, LARGEST_TOKENIZER)
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as error:  # the library raises plain ones
        raise unsafe(
            files.path / TOKENIZER, f"cannot be read ({str(error)[:100]})", "Get it again from its source."
        ) from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _pad_id(files: SightFiles, tokenizer: Tokenizer) -> int:
    """What fills a text up, which is not in the tokenizer's own file."""
    path = files.path / "tokenizer_config.json"
    told = read_json(path).get("pad_token") if path.is_file() else None
    told = told.get("content") if isinstance(told, dict) else told
    known = tokenizer.token_to_id(told) if isinstance(told, str) else None
    config = files.config.get("text_config")
    pad = config.get("pad_token_id", 1) if isinstance(config, dict) else 1
    return known if known is not None else pad if isinstance(pad, int) else 1


def _tokens(files: SightFiles) -> int:
    config = files.config.get("text_config")
    most = config.get("max_position_embeddings") if isinstance(config, dict) else None
    usual = 64 if files.kind == "siglip" else 77
    most = most if isinstance(most, int) else usual
    if files.kind in ("altclip", "chinese_clip"):
        most = min(most, usual)  # of a BERT's 512 places; their own programs read 77 and 52
    return min(max(most, FEWEST_TOKENS), MOST_TOKENS)


def _unit(found: Any) -> NDArray[np.float32]:
    features = found if isinstance(found, torch.Tensor) else found.pooler_output
    return torch.nn.functional.normalize(features.float(), dim=-1).numpy()
