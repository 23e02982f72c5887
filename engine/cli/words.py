"""`lienzo words [PROMPT]`: the artist's lists, styles and tags; or how a model reads a prompt."""

from __future__ import annotations

import json as jsons
from typing import Annotated

import typer

from engine.api.errors import EngineError
from engine.api.model_info import ModelInfo
from engine.api.prompt import parse, readable_words
from engine.api.prompt_marks import Mark, marks_of
from engine.api.prompt_steps import every_step, sentences
from engine.api.request import GenerationRequest, Sampling
from engine.cli.options import Json, Temp, preferences
from engine.library.folders import prompts_folder
from engine.models.catalog import Catalog
from engine.models.words.tokens import count_tokens
from engine.vocabulary.styles import styles
from engine.vocabulary.tags import tag_list
from engine.vocabulary.text_files import BrokenFile
from engine.vocabulary.wildcards import Wildcards
from engine.vocabulary.wording import with_words_drawn

Prompt = Annotated[str | None, typer.Argument(help="A prompt that is to be looked at instead.")]
Model = Annotated[str | None, typer.Option("--model", "-m", help="Which model is to read it.")]
Styles = Annotated[list[str] | None, typer.Option("--style", metavar="NAME", help="Put around it.")]
Seed = Annotated[int, typer.Option(help="By which choices and lists are drawn.")]
Steps = Annotated[int, typer.Option(help="How many steps it is for.")]


def words(
    prompt: Prompt = None,
    model: Model = None,
    style: Styles = None,
    seed: Seed = 0,
    steps: Steps = 20,
    json: Json = False,
    temp: Temp = False,
) -> None:
    """What there is to draw from and to put around prompts; or, with a prompt, what a model reads of it."""
    told = _folder() if prompt is None else _reading(prompt, model, tuple(style or ()), seed, steps)
    if json:
        print(jsons.dumps(told, ensure_ascii=False), flush=True)  # noqa: T201
        return
    for name, value in told.items():
        lines = value if isinstance(value, list) else [value]
        for number, line in enumerate(lines):
            typer.echo(f"{name if number == 0 else '':<14}{line}")


def _folder() -> dict[str, object]:
    folder = prompts_folder()
    faults: list[BrokenFile] = []
    lists = Wildcards(folder / "wildcards")
    names = list(lists.names)
    known = styles(folder / "styles", faults)
    tags = tag_list(folder / "tags", faults)
    return {
        "folder": str(folder),
        "lists": names,
        "styles": [f"{one.name}  ({one.source})" for one in known],
        "tags": len(tags),
        "unreadable": [fault.told for fault in (*lists.faults, *faults)],
    }


def _reading(
    prompt: str, model: str | None, names: tuple[str, ...], seed: int, steps: int
) -> dict[str, object]:
    """Raises `BadRequest` with the place where it cannot be read, and the catalog's errors."""
    wanted = preferences()
    info = Catalog(wanted.model_folders).find(model or wanted.default_model)
    request = GenerationRequest(info.name, prompt, sampling=Sampling(seed=seed), styles=names).validated()
    drawn = with_words_drawn(request).one_image(0)
    told: dict[str, object] = {"model": info.title}
    if drawn.written is not None:
        told["drawn"] = drawn.prompt
    told["sentences"] = [f"{one.weight:g}  {one.text}" for one in sentences(drawn.prompt)]
    told["steps"] = [line for one in sentences(drawn.prompt) for line in _spans(one.text, steps)]
    told["weights"] = [
        f"{segment.weight:g}  {readable_words(segment.text)}" for segment in parse(drawn.prompt, 1, steps)
    ]
    told |= _tokens(info, drawn.prompt)
    ignored = [
        f"{drawn.prompt[mark.start : mark.end]}  at character {mark.start + 1} ({mark.why})"
        for mark in marks_of(drawn.prompt, info.capabilities)
        if mark.what is Mark.IGNORED
    ]
    if ignored:
        told["ignored"] = ignored
    return told


def _spans(prompt: str, steps: int) -> list[str]:
    """What is read in which steps, those with the same words together."""
    spans: list[tuple[int, int, str]] = []
    for step, text in enumerate(every_step(prompt, steps), 1):
        if spans and spans[-1][2] == text:
            spans[-1] = (spans[-1][0], step, text)
        else:
            spans.append((step, step, text))
    return [f"{first}-{last}  {text}" if first < last else f"{first}  {text}" for first, last, text in spans]


def _tokens(info: ModelInfo, prompt: str) -> dict[str, object]:
    try:
        count = count_tokens(info, prompt)
    except EngineError as error:
        return {"tokens": error.message}
    unit = "words" if count.are_words else "tokens"
    parts = f" in {len(count.chunks)} chunks: {' + '.join(map(str, count.chunks))}" if count.chunks else ""
    told: dict[str, object] = {"tokens": f"{count.tokens} {unit}{parts}"}
    if count.cut_at is not None:
        told["not read"] = prompt[count.cut_at :][:200]
    return told
