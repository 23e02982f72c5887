"""Settings that other programs wrote as JSON, in our words.

sd-parsers knows InvokeAI's three ages, Fooocus and NovelAI; ComfyUI's graphs are read by `comfyui_graph`, for
sd-parsers takes links for names, and knows no sampler that is put together of several nodes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.api.text import clean_text
from engine.library.comfyui_graph import MOST_NODES, read_graph
from engine.library.foreign_json import skim_foreign_json
from engine.library.parameters import Parameters
from engine.library.sampler_names import scheduler_id

if TYPE_CHECKING:
    from sd_parsers.data import PromptInfo
    from sd_parsers.parsers import Parser

LARGEST = 8 << 20
EASY_DIFFUSION = {"prompt", "use_stable_diffusion_model", "num_inference_steps"}
"""Without one of these it was another program."""
EASY_NAMES = {
    "use_stable_diffusion_model": "model",
    "num_inference_steps": "steps",
    "prompt_strength": "strength",
}
WRITTEN_UNDER = ("parameters", "invokeai_metadata")
LORAS = "LoRAs"
"""Among the other settings, with their weights."""
MOST_LORAS = 64
NO_LORA = ("", "None")
LONGEST_OTHER = 2000
"""Characters of a value that is kept beside the known ones."""


Told = dict[str, Json]
"""Each text by its keyword: what it says where it is JSON, else itself."""


def read_foreign(texts: Mapping[str, str]) -> tuple[Parameters | None, str]:
    """Settings and the program's name, or (None, "") where nobody is recognised. Raises nothing."""
    told = {key: _harmless(text) for key, text in texts.items()}
    return (
        _read_swarm(told.get("parameters"))
        or _read_easy_diffusion(told)
        or _read_graph(told)
        or _read_through_sd_parsers(told)
        or (None, "")
    )


def _harmless(text: str) -> Json:
    """JSON is parsed without NaN, infinities, endless numbers and depth; other text stays."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        data = skim_foreign_json(text, LARGEST)
    except UnreadableFile:
        return ""
    return "" if isinstance(data, dict) and len(data) > MOST_NODES else data


def _read_swarm(data: Json) -> tuple[Parameters, str] | None:
    """SwarmUI writes JSON under the key that A1111 uses for text."""
    told = data.get("sui_image_params") if isinstance(data, dict) else None
    if not isinstance(told, dict):
        return None
    values = {str(key).lower().replace(" ", ""): value for key, value in told.items()}
    return _parameters(
        _text(values.pop("prompt", "")),
        _text(values.pop("negativeprompt", "")),
        _text(values.pop("sampler", "")),
        _text(values.pop("scheduler", "")),
        _text(values.pop("model", "")),
        "",
        {**values, LORAS: _listed(_loras(values))},
    ), "SwarmUI"


def _read_easy_diffusion(texts: Told) -> tuple[Parameters, str] | None:
    """Easy Diffusion writes a text block a setting, and in a JPEG all of them as one JSON comment."""
    comment = texts.get("parameters")
    told = comment if isinstance(comment, dict) else texts
    if EASY_DIFFUSION - told.keys():
        return None
    if told is texts:
        told = {key: _words(value) for key, value in texts.items()}
    values = {EASY_NAMES.get(key, key): value for key, value in told.items() if value not in (None, "None")}
    return _parameters(
        _text(values.pop("prompt", "")),
        _text(values.pop("negative_prompt", "")),
        _text(values.pop("sampler_name", "")),
        _text(values.pop("scheduler_name", "")),
        _text(values.pop("model", "")),
        "",
        values,
    ), "Easy Diffusion"


def _read_graph(texts: Told) -> tuple[Parameters, str] | None:
    """ComfyUI's graph of nodes."""
    graph = texts.get("prompt")
    drawn = read_graph(graph) if isinstance(graph, dict) else None
    if drawn is None:
        return None
    values = {**drawn.values, LORAS: _listed(drawn.loras)}
    return _parameters(
        drawn.prompt, drawn.negative_prompt, drawn.sampler, drawn.schedule, drawn.model, "", values
    ), "ComfyUI"


def _read_through_sd_parsers(told: Told) -> tuple[Parameters, str] | None:
    texts = {key: _words(value) for key, value in told.items()}
    for parser in _other_parsers()[0 if "parameters" in texts else 1 :]:  # Fooocus' are under that name
        try:
            return _told_by(parser.parse(dict(texts)), told)
        except Exception:  # on a stranger's data the parsers raise whatever comes to them
            continue
    return None


@cache
def _other_parsers() -> tuple[Parser, ...]:
    from sd_parsers.parsers import FooocusParser, InvokeAIParser, NovelAIParser

    return FooocusParser(), InvokeAIParser(), NovelAIParser()


def _words(value: Json) -> str:
    """A text; what was parsed, as the text it was."""
    return value if isinstance(value, str) else json.dumps(value)


def _told_by(info: PromptInfo, told: Told) -> tuple[Parameters, str]:
    sampler = info.samplers[0]
    written = next((given for key in WRITTEN_UNDER if isinstance(given := told.get(key), dict)), {})
    values = {**info.metadata, **sampler.parameters, LORAS: _listed(_loras(written))}
    model = written.get("model")
    name = model.get("name") if isinstance(model, dict) else None  # InvokeAI's since its fourth version
    return _parameters(
        _text(_one(written.get("prompt")) or info.full_prompt),
        _text(_one(written.get("negative_prompt")) or info.full_negative_prompt),
        _text(sampler.name),
        _text(values.pop("scheduler", "")),
        _text((sampler.model.name if sampler.model else "") or name),
        _text(sampler.model.hash if sampler.model else ""),
        values,
    ), info.generator.value


def _one(value: Json) -> str:
    """Fooocus' own words, without those that its styles add."""
    return value if isinstance(value, str) else ""


def _loras(told: Mapping[str, Json]) -> Iterator[tuple[str, float]]:
    """As InvokeAI, Fooocus and SwarmUI list them."""
    listed, weights = told.get("loras"), told.get("loraweights")
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        weight: Json = weights[number] if isinstance(weights, list) and number < len(weights) else 1.0
        match entry:
            case [name, weight, *_]:
                pass
            case {"model": dict(model)} | {"lora": dict(model)}:
                name, weight = model.get("name") or model.get("model_name"), entry.get("weight")
            case name:
                pass
        if isinstance(name, str) and name not in NO_LORA:
            yield name, weight_of(weight)
    for key, value in told.items():  # Fooocus before 2.2
        if key.startswith("lora_combined_") and isinstance(value, str):
            name, _, weight = value.rpartition(" : ")
            yield name, weight_of(weight)


def weight_of(told: object) -> float:
    try:
        return float(told)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 1.0


def _listed(loras: Iterable[tuple[str, float]]) -> str:
    """As other settings are kept, a text; empty where there are none."""
    return ", ".join(f"{name}: {weight:g}" for name, weight in islice(loras, MOST_LORAS))


def _parameters(
    prompt: str,
    negative: str,
    sampler: str,
    schedule: str,
    model: str,
    hash: str,
    values: Mapping[str, object],
) -> Parameters:
    left = dict(values)
    scheduler, names = scheduler_id(sampler, schedule), {"Sampler": sampler, "Schedule type": schedule}
    if scheduler is not None:
        names = {}
    elif scheduler := scheduler_id(sampler):
        names = {"Schedule type": schedule}
    return Parameters(
        prompt,
        negative,
        _whole(left, 10**6, "steps"),
        scheduler,
        _real(left, "cfg_scale", "cfgscale", "cfg", "guidance_scale", "scale"),
        _whole(left, 2**64 - 1, "seed", "noise_seed"),
        _whole(left, 10**6, "width"),
        _whole(left, 10**6, "height"),
        model,
        hash,
        _real(left, "strength", "denoise", "denoising_strength", "initimagecreativity"),
        _real(left, "cfg_rescale", "cfgrescale", "cfg_rescale_multiplier"),
        {key: text for key, text in {**names, **_others(left)}.items() if text},
    )


def _others(values: Mapping[str, object]) -> dict[str, str]:
    return {
        clean_text(str(key)): _text(value)[:LONGEST_OTHER]
        for key, value in values.items()
        if isinstance(value, (str, int, float, bool))
    }


def _text(value: object) -> str:
    return clean_text(value if isinstance(value, str) else "" if value is None else str(value))


def _whole(values: dict[str, object], highest: int, *keys: str) -> int | None:
    value = _real(values, *keys, kind=int)
    return int(value) if value is not None and value <= highest else None


def _real(values: dict[str, object], *keys: str, kind: type = float) -> float | int | None:
    """The first of `keys` that holds a number, taken out of `values`; text counts where it is one."""
    for key in keys:
        try:
            number = kind(values[key])  # type: ignore[call-overload]
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if not isinstance(values[key], bool) and math.isfinite(number) and number >= 0:
            del values[key]
            return number
    return None
