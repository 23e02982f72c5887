"""`lienzo train lora | embedding FOLDER`: teach a model a subject or a style from a folder of pictures."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Event, Finished, Loading, Notice, Step
from engine.api.images import Pixels
from engine.api.learnt import LearntKind
from engine.api.request import random_seed
from engine.api.training import Teaches, TrainRequest
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.reporter import LOADING, event_form, say_json
from engine.library.folders import models_folder
from engine.library.names import safe_name
from engine.library.save import save_bytes
from engine.models.cache import Models
from engine.models.catalog import Catalog

Folder = Annotated[
    Path, typer.Argument(help="Pictures; the words for zorbi.png are in zorbi.txt beside it, if anywhere.")
]
Trigger = Annotated[str, typer.Option("--trigger", "-t", help="The word that will call what is learnt.")]
Base = Annotated[
    str | None, typer.Option("--base", "-m", help="The model to teach: a name, a folder or a file.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="The .safetensors file; without it, one where Lienzo finds it by name."
    ),
]
Kind = Annotated[Teaches, typer.Option("--kind", help="What the pictures have in common.")]
ClassWords = Annotated[
    str, typer.Option("--class", help='What a subject is one of, e.g. "toy": that stays what it is.')
]
Caption = Annotated[
    list[str] | None,
    typer.Option("--caption", metavar="FILE=WORDS", help="Words for one picture, in place of the file's."),
]
Minutes = Annotated[float, typer.Option(help="Of the whole training.")]
Steps = Annotated[int, typer.Option(help="Exactly so many instead, however long they take.")]
Rank = Annotated[int, typer.Option(help="How much the LoRA can take in, 1 to 256.")]
Vectors = Annotated[int, typer.Option(help="How many tokens the word takes, 1 to 32.")]
Rate = Annotated[float, typer.Option("--rate", help="The learning rate; 0 is what suits the model.")]
PriorWeight = Annotated[
    float, typer.Option("--prior", help="How firmly other prompts stay as they are; 0 lets them go.")
]
PriorPictures = Annotated[int, typer.Option(help="How many pictures are drawn to hold on to.")]
Resolution = Annotated[int, typer.Option(help="Side in pixels; 0 is the model's own.")]
Sample = Annotated[str, typer.Option("--sample", help="A prompt that is drawn now and then.")]
Samples = Annotated[Path | None, typer.Option("--samples-to", help="Save those pictures in this folder.")]
Seed = Annotated[int | None, typer.Option(help="0 to 2^64 - 1; without it, by chance.")]
Licence = Annotated[str, typer.Option(help="What you say of the pictures; written into the file.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda:0 or mps.")]


def lora(
    folder: Folder,
    trigger: Trigger,
    base: Base = None,
    output: Output = None,
    kind: Kind = Teaches.SUBJECT,
    class_words: ClassWords = "",
    caption: Caption = None,
    minutes: Minutes = 5.0,
    steps: Steps = 0,
    rank: Rank = 16,
    rate: Rate = 0.0,
    prior: PriorWeight = 1.0,
    prior_pictures: PriorPictures = 24,
    resolution: Resolution = 0,
    sample: Sample = "",
    samples_to: Samples = None,
    seed: Seed = None,
    licence: Licence = "",
    device: Device = None,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Teach a model by a LoRA: a small file beside it. Ctrl+C keeps the state; --seed N goes on from it."""
    request = TrainRequest(
        base or preferences().default_model, str(folder.absolute()), trigger,
        str(output_for(output, trigger, LearntKind.LORA)), LearntKind.LORA, kind, class_words,
        read_captions(caption or []), minutes, steps, rank=rank, learning_rate=rate, prior_weight=prior,
        prior_pictures=prior_pictures, resolution=resolution, sample_prompt=sample, licence=licence,
    )  # fmt: skip
    teach(request, seed, device, samples_to, json)


def embedding(
    folder: Folder,
    trigger: Trigger,
    base: Base = None,
    output: Output = None,
    kind: Kind = Teaches.SUBJECT,
    class_words: ClassWords = "",
    caption: Caption = None,
    minutes: Minutes = 5.0,
    steps: Steps = 0,
    vectors: Vectors = 4,
    rate: Rate = 0.0,
    resolution: Resolution = 0,
    sample: Sample = "",
    samples_to: Samples = None,
    seed: Seed = None,
    licence: Licence = "",
    device: Device = None,
    json: Json = False,
    temp: Temp = False,
    trace: Trace = None,
) -> None:
    """Teach a model a word (textual inversion): the model itself does not change at all."""
    request = TrainRequest(
        base or preferences().default_model, str(folder.absolute()), trigger,
        str(output_for(output, trigger, LearntKind.EMBEDDING)), LearntKind.EMBEDDING, kind, class_words,
        read_captions(caption or []), minutes, steps, vectors=vectors, learning_rate=rate,
        resolution=resolution, sample_prompt=sample, licence=licence,
    )  # fmt: skip
    teach(request, seed, device, samples_to, json)


COMMANDS = {"lora": lora, "embedding": embedding}


def teach(
    request: TrainRequest, seed: int | None, device: str | None, samples_to: Path | None, json: bool
) -> None:
    """Run `request` and say how it goes, on stderr; with `json` every event as a line on stdout."""
    request = replace(request, seed=random_seed() if seed is None else seed)
    report = Report(samples_to, json)
    report.say(f"Seed {request.seed}")
    wanted = preferences()
    models = Models(Catalog(wanted.model_folders), device=device or wanted.device)
    use_all_cores()
    for event in events_of(request, models):
        report.event(event)


def events_of(request: TrainRequest, models: Models) -> Iterator[Event]:
    """The first Ctrl+C stops and keeps what is learnt, the second ends at once."""
    from engine.tasks import run  # torch

    control = Control()
    with closing(run(request, models, control)) as events, first_interrupt_keeps(control):
        try:
            yield from events
        except KeyboardInterrupt:
            control.cancel()
            raise


@contextmanager
def first_interrupt_keeps(control: Control) -> Iterator[None]:
    def answer(number: int, frame: FrameType | None) -> None:
        if control.is_stopping:
            raise KeyboardInterrupt
        control.stop_and_keep()

    before = signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def use_all_cores() -> None:
    """Nobody paints beside it here, so no core is left free, unless `OMP_NUM_THREADS` asks for fewer."""
    from engine.diffusion.devices import prepare_torch

    prepare_torch()
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(cores)


def output_for(output: Path | None, trigger: str, kind: LearntKind) -> Path:
    if output is not None:
        return output.absolute()
    folder = {LearntKind.LORA: "loras", LearntKind.EMBEDDING: "embeddings"}[kind]
    return models_folder() / folder / f"{safe_name(trigger)}.safetensors"


def read_captions(told: list[str]) -> dict[str, str]:
    """`zorbi.png=zorbi in the snow`, each."""
    captions = {}
    for text in told:
        name, equals, words = text.partition("=")
        if not equals or not name:
            raise BadRequest("caption", f"must be FILE=WORDS, not {text[:60]!r}")
        captions[name] = words.strip()
    return captions


class Report:
    """A line now and then for people, or every event as JSON."""

    def __init__(self, samples_to: Path | None, json: bool) -> None:
        self._samples_to, self._json = samples_to, json
        self._said = ""
        self._losses: list[float] = []

    def event(self, event: Event) -> None:
        if isinstance(event, Step) and event.preview is not None:
            self._save_sample(event.index, event.preview)
        if self._json:
            say_json(event_form(event))
            return
        match event:
            case Loading():
                self.say(LOADING.get(event.stage, event.stage), once=True)
            case Notice():
                self.say(event.detail)
            case Step():
                self._say_step(event)
            case Finished():
                self.say(f"Saved {event.extra.get('path')} in {event.seconds:.0f} s.")

    def say(self, line: str, once: bool = False) -> None:
        if not self._json and not (once and line == self._said):
            self._said = line
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _say_step(self, event: Step) -> None:
        loss = event.extra.get("loss")
        if isinstance(loss, float):
            self._losses.append(loss)
        if event.preview is not None and self._losses:
            recent = self._losses[-32:]
            mean = sum(recent) / len(recent)
            self.say(f"step {event.index}/{event.total}  loss {mean:.4f}  {event.seconds:.2f} s")

    def _save_sample(self, step: int, pixels: Pixels) -> None:
        if self._samples_to is None:
            return
        from engine.library.pictures import encode_plain

        self._samples_to.mkdir(parents=True, exist_ok=True)
        save_bytes(self._samples_to / f"step-{step:05}.png", encode_plain(pixels))
