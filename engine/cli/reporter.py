"""How `lienzo generate` says what happens: a bar, plain lines, JSON, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from engine.api.events import Event, ImageReady, Loading, Notice, Step
from engine.api.form import to_json
from engine.api.recipe import Recipe
from engine.api.wire import event_to_message
from engine.cli.saving import Saved

LOADING = {
    "model": "Loading the model",
    "text_encoder": "Loading the text encoder",
    "maps": "Loading what reads the maps",
    "drawing_maps": "Drawing the maps",
    "references": "Looking at the reference pictures",
    "prompt": "Reading the prompt",
    "image": "Reading the start picture",
    "preview": "Preparing the preview",
    "upscale": "Enlarging",
    "decode": "Finishing the picture",
    "replay": "Going back to the step",
    "lessons": "Reading the pictures",
    "first_stage": "Imagining what the picture is to show",
    "last_stage": "Drawing out what it has imagined",
    "prior": "Drawing what is to stay as it is",
}
NOTICES = {
    "prompt_cut": "The model reads only the beginning of the {field}: {tokens} tokens have no effect",
    "read_as": "Words that the model never learnt are drawn as others: {words} (--as-typed leaves them)",
    "memory_freed": "Memory ran out: trying again without what is not needed now",
    "smaller_batch": "Memory is short: computing the two prompts one after the other",
    "float32_decode": "The numbers overflowed: finishing the picture in full precision",
    "smaller_tiles": "Memory is short: working in smaller tiles",
    "tiled_decode": "Memory is short: finishing the picture tile by tile",
    "offload": "Memory is short: parts of the model wait outside the device",
    "eight_bits": "Memory is short: the weights are kept in 8 bits a number",
    "group_offload": "Memory is short: the network comes to the device layer by layer",
    "attention_refused": "The installed attention package refused this model: torch's own is used",
    "approximate_branch": "With other settings a branch is not exact",
}


class Reporter(Protocol):
    """Entered while the engine works; `finish` comes after."""

    def __enter__(self) -> Reporter: ...

    def __exit__(self, *_: object) -> None: ...

    def event(self, event: Event, saved: Saved | None) -> None: ...

    def finish(self, saved: Sequence[Saved], seconds: float) -> None: ...


class Silence:
    """Says nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def event(self, event: Event, saved: Saved | None) -> None:
        pass

    def finish(self, saved: Sequence[Saved], seconds: float) -> None:
        pass


class Lines(Silence):
    """A plain line an event on stderr, for logs and pipes."""

    def __init__(self) -> None:
        self._said = ""

    def event(self, event: Event, saved: Saved | None) -> None:
        line = line_of(event, saved)
        if line and line != self._said:  # a share that grows is no news here
            self._said = line
            self.say(line)

    def say(self, line: str) -> None:
        encoding = sys.stderr.encoding or "utf-8"
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr, flush=True)  # noqa: T201

    def finish(self, saved: Sequence[Saved], seconds: float) -> None:
        count = "1 picture" if len(saved) == 1 else f"{len(saved)} pictures"
        self.say(f"Saved {count} in {seconds:.1f} s.")


def line_of(event: Event, saved: Saved | None) -> str:
    """What a person wants to hear of `event`, or nothing."""
    match event:
        case Loading():
            return LOADING.get(event.stage, event.stage)
        case Step():
            return f"step {event.index}/{event.total}  {event.seconds:.2f} s"
        case Notice():
            facts = {name: str(value).replace("_", " ") for name, value in event.extra.items()}
            if event.code not in NOTICES:
                return event.detail or event.code
            return NOTICES[event.code].format(**{"field": "prompt", "tokens": "other", **facts})
        case ImageReady() if saved is not None:
            told = f"{saved.path}  seed {saved.recipe.request.sampling.seed}{kept_line(saved.recipe)}"
            return "\n".join([told, *(f"  {path}" for path in saved.beside)])
    return ""


def kept_line(recipe: Recipe) -> str:
    report = recipe.edit
    if report is None:
        return ""
    return f"  {report.kept_changed} of {report.kept_pixels:,} kept pixels changed"


class OneJson(Silence):
    """Exactly one JSON object, at the end."""

    def __init__(self) -> None:
        self._notices: list[dict[str, str]] = []

    def event(self, event: Event, saved: Saved | None) -> None:
        if isinstance(event, Notice):
            self._notices.append({"code": event.code, "detail": event.detail})

    def finish(self, saved: Sequence[Saved], seconds: float) -> None:
        say_json(
            {
                "paths": [str(picture.path) for picture in saved],
                "seeds": [picture.recipe.request.sampling.seed for picture in saved],
                "pictures": [picture_form(picture) for picture in saved],
                "notices": self._notices,
                "seconds": round(seconds, 3),
            }
        )


class JsonLines(Silence):
    """Every event as one JSON line, pixels left out, the saved path put in."""

    def event(self, event: Event, saved: Saved | None) -> None:
        extra = {"path": str(saved.path), "recipe": recipe_form(saved.recipe)} if saved is not None else {}
        if saved is not None and saved.layers:
            extra["layers"] = [str(layer) for layer in saved.layers]
        if saved is not None and saved.depth is not None:
            extra["depth"] = str(saved.depth)
        say_json({**event_form(event), **extra})


def event_form(event: Event) -> dict[str, Any]:
    """As one JSON object: the event's name, and its fields without pixels."""
    form, _ = event_to_message(event)
    fields = {name: value for name, value in form["fields"].items() if name not in form["arrays"]}
    return {"event": form["event"], **fields}


def picture_form(saved: Saved) -> dict[str, Any]:
    recipe = saved.recipe
    form = {
        "path": str(saved.path),
        "seed": recipe.request.sampling.seed,
        "recipe": recipe_form(recipe),
    }
    if saved.layers:
        form["layers"] = [str(layer) for layer in saved.layers]
    if saved.depth is not None:
        form["depth"] = str(saved.depth)
    return form if recipe.edit is None else {**form, "edit": to_json(recipe.edit)}


def recipe_form(recipe: Recipe) -> dict[str, Any]:
    """As it is in the picture, but for the masks, which are pictures themselves."""
    return {**recipe.to_json(), "masks": {}}


def say_json(form: dict[str, Any]) -> None:
    print(json.dumps(form), flush=True)  # noqa: T201
