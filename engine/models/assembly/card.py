"""What a model's makers say about it: `lienzo.json` beside the model, else the family's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.form import Json
from engine.api.model_info import Defaults, ModelInfo
from engine.api.request import check_number
from engine.api.text import clean_text

TEXTS = {"title": 200, "description": 2_000, "licence": 500}
"""Longest accepted text of each, in characters."""
MOST_LANGUAGES, MOST_EXAMPLES, LONGEST_EXAMPLE = 100, 12, 80
NUMBERS = {"steps": int, "guidance": float, "guidance_rescale": float}


def with_card(info: ModelInfo, own: Mapping[str, Json]) -> ModelInfo:
    """`info` with what `own` (the content of `lienzo.json`) says.

    Raises `UnsupportedModel` where it says nonsense.
    """
    try:
        texts = {name: _text(own, name) for name in TEXTS if name in own}
        told = {"descriptions": _descriptions(own), "examples": _examples(own)}
        return replace(info, **texts, **told, defaults=_defaults(info, own))
    except BadRequest as error:
        raise UnsupportedModel(
            f"{info.title}: its lienzo.json is wrong: {error.message}. Correct or remove that file.",
            path=str(info.path),
        ) from None


def _text(own: Mapping[str, Json], name: str) -> str:
    value = own[name]
    if not isinstance(value, str) or len(value) > TEXTS[name]:
        raise BadRequest(name, f"must be a text of at most {TEXTS[name]} characters")
    return value


def _descriptions(own: Mapping[str, Json]) -> dict[str, str]:
    told = _by_language(own, "descriptions")
    return {code: _text({"description": text}, "description") for code, text in told.items()}


def _examples(own: Mapping[str, Json]) -> dict[str, tuple[str, ...]]:
    told = _by_language(own, "examples")
    return {code: _prompts(prompts) for code, prompts in told.items()}


def _by_language(own: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    told = own.get(name, {})
    if not isinstance(told, Mapping) or len(told) > MOST_LANGUAGES:
        raise BadRequest(name, "must be a mapping from the codes of languages")
    return told


def _prompts(prompts: Json) -> tuple[str, ...]:
    if not isinstance(prompts, list) or len(prompts) > MOST_EXAMPLES:
        raise BadRequest("examples", f"must be at most {MOST_EXAMPLES} prompts a language")
    if not all(isinstance(prompt, str) and len(prompt) <= LONGEST_EXAMPLE for prompt in prompts):
        raise BadRequest("examples", f"must be texts of at most {LONGEST_EXAMPLE} characters")
    return tuple(clean_text(str(prompt)) for prompt in prompts)


def _defaults(info: ModelInfo, own: Mapping[str, Json]) -> Defaults:
    defaults, multiple = info.defaults, info.capabilities.size_multiple
    sizes = {name: int(_number(own, name)) for name in ("width", "height") if name in own}
    for name, value in sizes.items():
        if value % multiple:
            raise BadRequest(name, f"must be a multiple of {multiple}, not {value}")
    numbers = {name: kind(_number(own, name)) for name, kind in NUMBERS.items() if name in own}
    scheduler = own.get("scheduler", defaults.sampling.scheduler)
    if scheduler not in [known.id for known in info.capabilities.schedulers]:
        raise BadRequest("scheduler", f"{str(scheduler)[:40]!r} is not known")
    sampling = replace(defaults.sampling, scheduler=str(scheduler), **numbers)
    return replace(defaults, **sizes, sampling=sampling, negative_prompt=_negative_prompt(own, defaults))


def _number(own: Mapping[str, Json], name: str) -> float:
    value = own[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(name, f"must be a number, not {str(value)[:40]}")
    check_number(name, value)
    return value


def _negative_prompt(own: Mapping[str, Json], defaults: Defaults) -> str:
    value = own.get("negative_prompt", defaults.negative_prompt)
    if not isinstance(value, str) or len(value) > 2_000:
        raise BadRequest("negative_prompt", "must be a text of at most 2,000 characters")
    return value
