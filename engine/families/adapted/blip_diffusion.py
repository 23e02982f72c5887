"""BLIP-Diffusion's words: what is seen of the subject stands among them as words that no vocabulary has.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import transformers

from engine.diffusion.embeddings import LEARNT, encode_ids

PLACE = 2
"""Where the subject stands: behind the start mark and "a"."""
TIMES = 20
"""How often the prompt is said, as its makers do, to be heard beside the subject."""


def subject_read(
    model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """The prompt's embedding with the subject in it, and that of the negative prompt, 1 x tokens x width."""
    say(0.0)
    parts = model.components
    encoder, tokenizer = parts["text_encoder"], parts["tokenizer"]
    length = encoder.config.max_position_embeddings
    (source, target), pictures = told["subjects"][0], told["pictures"]
    words = seen_in(parts["qformer"], parts["qformer_tokenizer"], pictures[0], source)[0]
    said = ", ".join([f"a {target} {told['prompt'].strip()}"] * TIMES)
    ids = _ids(tokenizer, said, length - len(words))
    subject = list(range(LEARNT, LEARNT + len(words)))
    rows = torch.tensor([[*ids[:PLACE], *subject, *ids[PLACE:]]], device=encoder.device)
    made = {"prompt_embeds": encode_ids(encoder, rows, [words])}
    if "negative_prompt" in told:
        against = torch.tensor([_ids(tokenizer, told["negative_prompt"], length)], device=encoder.device)
        made["negative_prompt_embeds"] = encode_ids(encoder, against)
    say(1.0)
    return {name: tensor.to(model.device, model.dtype) for name, tensor in made.items()}


def seen_in(reader: Any, tokenizer: Any, picture: Any, word: str) -> torch.Tensor:
    """What `reader` makes of the `word` in the `picture`, 1 x words x width. It is squeezed to a square."""
    side = {"height": reader.side, "width": reader.side}
    eyes = transformers.CLIPImageProcessorPil(size=side, do_center_crop=False)
    pixels = eyes(images=[picture.convert("RGB")], return_tensors="pt").pixel_values
    ids = tokenizer([word], return_tensors="pt").input_ids
    return reader(pixels.to(reader.device, reader.dtype), ids.to(reader.device))


def _ids(tokenizer: Any, text: str, length: int) -> list[int]:
    return tokenizer(text, padding="max_length", truncation=True, max_length=length).input_ids
