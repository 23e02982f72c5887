"""The settings text that A1111 writes into pictures and everyone reads.

    a lighthouse at dusk
    Negative prompt: blurry
    Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x512, Model: starter

The form is ambiguous: a prompt may itself hold "Negative prompt:" or look like the last line. Where it
would be misread, the writer adds the lengths of both texts, which other programs pass over.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.lora_blocks import blocks_text
from engine.api.recipe import Recipe
from engine.api.text import clean_text
from engine.library.sampler_names import NAMES, scheduler_id

NEGATIVE = "Negative prompt:"
LENGTHS = "Text lengths"
PAIR = re.compile(r'\s*(\w[\w \-/]*?)\s*:\s*("(?:\\.|[^\\"])*"|[^,]*?)\s*(?:,|$)')
"""One `Key: value` of the last line; a value with a comma, colon or quote is a JSON string."""
PLAIN = re.compile(r'[^\s",:\\{](?:[^",:\\\n\r\t\v\f]*[^\s",:\\])?')
KEY = re.compile(r"\w[\w \-/]*(?<! )")
FEWEST_PAIRS = 3
"""A last line with fewer, and no `Steps`, belongs to the prompt, as A1111 decides it too."""


@dataclass(frozen=True)
class Parameters:
    """Settings as one program tells them to another; None where nothing was said."""

    prompt: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    scheduler: str | None = None
    """Our id; a name that we do not know stays in `other["Sampler"]`."""
    guidance: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    model: str = ""
    model_hash: str = ""
    """The first digits of a SHA-256, as long as the writer chose."""
    strength: float | None = None
    guidance_rescale: float | None = None
    other: Mapping[str, str] = field(default_factory=dict)
    """All that was said beside, as written."""


def parameters_of(recipe: Recipe) -> Parameters:
    """What of `recipe` fits into the A1111 text."""
    request, sampling = recipe.request, recipe.request.sampling
    loras = "".join(
        f" <lora:{Path(lora.name).stem}:{lora.weight:g}{':' * bool(lora.blocks)}{blocks_text(lora.blocks)}>"
        for lora in request.loras
    )
    return Parameters(
        clean_text(request.prompt + loras),
        clean_text(request.negative_prompt),
        sampling.steps,
        sampling.scheduler,
        sampling.guidance,
        sampling.seed,
        request.width,
        request.height,
        clean_text(recipe.model_title or request.model).replace("\n", " "),
        recipe.model_sha256[:10],
        sampling.strength if request.image is not None else None,
        sampling.guidance_rescale or None,
        {"Version": f"Lienzo {recipe.environment.lienzo}".strip()},
    )


def write_parameters(parameters: Parameters) -> str:
    """The text; `parse_parameters` gives the same `parameters` back.

    Keys in `other` that are no words are left out, as the form cannot hold them.
    """
    text = _write(parameters, with_lengths=False)
    return text if _texts_survive(text, parameters) else _write(parameters, with_lengths=True)


def _texts_survive(text: str, parameters: Parameters) -> bool:
    read = parse_parameters(text)
    return (read.prompt, read.negative_prompt) == (parameters.prompt, parameters.negative_prompt)


def _write(parameters: Parameters, with_lengths: bool) -> str:
    pairs = _pairs(parameters)
    if with_lengths:
        pairs[LENGTHS] = f"{len(parameters.prompt)}/{len(parameters.negative_prompt)}"
    lines = [parameters.prompt]
    if parameters.negative_prompt or with_lengths:
        lines.append(f"{NEGATIVE} {parameters.negative_prompt}")
    if pairs:
        lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in pairs.items()))
    return "\n".join(lines)


def _pairs(parameters: Parameters) -> dict[str, str]:
    name = NAMES.get(parameters.scheduler or "")
    size = f"{parameters.width}x{parameters.height}" if parameters.width and parameters.height else ""
    said = {
        "Steps": _number(parameters.steps),
        "Sampler": name.sampler if name else parameters.scheduler or "",
        "Schedule type": name.schedule if name else "",
        "CFG scale": _number(parameters.guidance),
        "Seed": _number(parameters.seed),
        "Size": size,
        "Model hash": parameters.model_hash,
        "Model": parameters.model,
        "Denoising strength": _number(parameters.strength),
        "CFG Rescale": _number(parameters.guidance_rescale),
    }
    known = {key: value for key, value in said.items() if value}
    others = {key: value for key, value in parameters.other.items() if KEY.fullmatch(key) and key != LENGTHS}
    return {**known, **{key: value for key, value in others.items() if key not in known}}


def _number(value: float | None) -> str:
    return "" if value is None else repr(value).removesuffix(".0")


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def parse_parameters(text: str) -> Parameters:
    """The settings in `text`. Any text parses; what has no form becomes the prompt."""
    body, _, last = text.rpartition("\n")
    pairs = _read_pairs(last)
    if len(pairs) < FEWEST_PAIRS and not {"Steps", LENGTHS} & pairs.keys():
        body, pairs = text, {}
    prompt, negative = _split(body, pairs.pop(LENGTHS, ""))
    return _read(prompt, negative, pairs)


def _read_pairs(line: str) -> dict[str, str]:
    """Key -> value of a line that is made of pairs; none where something else stands in it."""
    pairs, at = {}, 0
    while at < len(line):
        match = PAIR.match(line, at)
        if match is None:
            break
        pairs.setdefault(match[1], _unquoted(match[2]))
        at = match.end()
    return pairs


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        told = json.loads(value, strict=False)
    except ValueError:
        return value
    return told if isinstance(told, str) else value


def _split(body: str, lengths: str) -> tuple[str, str]:
    """Prompt and negative prompt; by their lengths where the writer gave them."""
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", lengths)
    if match:
        end, middle = int(match[1]), f"\n{NEGATIVE} "
        if body.startswith(middle, end) and len(body) == end + len(middle) + int(match[2]):
            return body[:end], body[end + len(middle) :]
    lines = body.split("\n")
    for index, line in enumerate(lines):
        if line.strip().startswith(NEGATIVE):
            first = line.strip()[len(NEGATIVE) :]
            return "\n".join(lines[:index]).strip(), "\n".join([first, *lines[index + 1 :]]).strip()
    return body.strip(), ""


def _read(prompt: str, negative: str, pairs: dict[str, str]) -> Parameters:
    """Takes from `pairs` what has a field of its own; a value that does not fit stays in `other`."""
    width, height = _take_size(pairs)
    return Parameters(
        prompt,
        negative,
        _take_whole(pairs, "Steps", 10**6),
        _take_scheduler(pairs),
        _take_real(pairs, "CFG scale"),
        _take_whole(pairs, "Seed", 2**64 - 1),
        width,
        height,
        pairs.pop("Model", ""),
        pairs.pop("Model hash", ""),
        _take_real(pairs, "Denoising strength"),
        _take_real(pairs, "CFG Rescale"),
        pairs,
    )


def _take_whole(pairs: dict[str, str], key: str, highest: int) -> int | None:
    if re.fullmatch(r"[0-9]{1,20}", pairs.get(key, "")) and int(pairs[key]) <= highest:
        return int(pairs.pop(key))
    return None


def _take_real(pairs: dict[str, str], key: str) -> float | None:
    text = pairs.get(key, "")
    if re.fullmatch(r"[0-9.]{1,30}(?:e[+-]?[0-9]{1,3})?", text):
        try:
            value = float(text)
        except ValueError:
            return None
        if math.isfinite(value):
            del pairs[key]
            return value
    return None


def _take_size(pairs: dict[str, str]) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})", pairs.get("Size", ""))
    if not match:
        return None, None
    del pairs["Size"]
    return int(match[1]), int(match[2])


def _take_scheduler(pairs: dict[str, str]) -> str | None:
    """Our id, also where only the sampler but not its schedule is known: the schedule then stays said."""
    sampler, schedule = pairs.get("Sampler", ""), pairs.get("Schedule type", "")
    if found := scheduler_id(sampler, schedule):
        pairs.pop("Sampler", None)
        pairs.pop("Schedule type", None)
        return found
    if found := scheduler_id(sampler):
        pairs.pop("Sampler")
        return found
    return None
