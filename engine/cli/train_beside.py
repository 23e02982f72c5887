"""`lienzo train control | edit | inpaint | judge`: what is trained beside a finished model."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.api.errors import BadRequest
from engine.cli.options import Json
from engine.cli.train import report

if TYPE_CHECKING:
    from engine.training.beside import Wishes
    from engine.training.blocks import Blocks
    from engine.training.scene_blocks import SceneBlocks

KINDS = ("segmentation", "depth", "lines")
INSTRUCTION = "ip2p"
"""A picture, which the words say how to change: learnt from pairs of scenes, not from maps of one."""
INPAINT = "inpaint"
"""A picture with a hole, which is filled: the holes are made by chance."""
EXAMPLES = {INSTRUCTION: "with_instruction", INPAINT: "with_inpaint"}
"""The kinds that learn from scenes of their own, to the function of `scene_blocks` that makes them."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Base = Annotated[
    Path, typer.Option("--model", "-m", help="The model's folder, in Stable Diffusion's layout.")
]
Out = Annotated[
    Path, typer.Option("--output", "-o", help="Where it goes; training goes on from what lies there.")
]
Pack = Annotated[Path | None, typer.Option("--data", help="The pack of sprites that scenes are made of.")]
Pairs = Annotated[
    Path | None,
    typer.Option("--pairs", help="Your own: a folder with pictures/, words beside them, and maps/."),
]
Minutes = Annotated[float, typer.Option(help="How long this call may take, loading and saving included.")]
Steps = Annotated[int, typer.Option(help="Train so many steps in all, however long it takes.")]
Batch = Annotated[int, typer.Option(help="Examples a step; 0: what suits the machine.")]
Workers = Annotated[
    int, typer.Option(help="Processes that make examples; 0: none, -1: what suits the machine.")
]
Seed = Annotated[int, typer.Option(help="Of all that happens by chance.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Compiles = Annotated[bool, typer.Option("--compile/--no-compile", help="Through torch.compile, on a GPU.")]
Lean = Annotated[
    bool, typer.Option("--lean", help="Write only the trained network, not a whole model folder.")
]
Beginning = Annotated[
    Path | None, typer.Option("--from", help="A ControlNet's folder to begin from, of the same model.")
]
Side = Annotated[int, typer.Option(help="Pixels along the side; 0: the model's own.")]


def control(
    kinds: Annotated[
        list[str],
        typer.Argument(
            help=f"Of scenes, some of: {', '.join(KINDS)}; or {INSTRUCTION}, a picture that is changed as "
            f"the words say; or {INPAINT}, a picture with a hole; of pairs, one name."
        ),
    ],
    model: Base,
    output: Out,
    data: Pack = None,
    pairs: Pairs = None,
    beginning: Beginning = None,
    minutes: Minutes = 0.0,
    steps: Steps = 0,
    batch: Batch = 0,
    workers: Workers = -1,
    seed: Seed = 0,
    device: Device = "auto",
    compiles: Compiles = True,
    side: Side = 0,
    json: Json = False,
) -> None:
    """Teach a model to follow maps: a ControlNet for each kind, OUTPUT/KIND."""
    check_kinds(kinds, pairs is not None)
    from engine.training.beside import Wishes, place, plan_for
    from engine.training.control import train_control
    from engine.training.frozen import Frozen

    here = place(device)
    plan = plan_for("control", here, Wishes(minutes, steps, batch, workers, seed, compiles))
    frozen = Frozen.load(model, here.device, here.dtype)
    pixels = side or frozen.side
    blocks = (
        scene_blocks(EXAMPLES.get(kinds[0], "with_maps"), data, pixels, seed)
        if pairs is None
        else pair_blocks(pairs, kinds[0], pixels, seed)
    )
    events = train_control(kinds, frozen, blocks, plan, output, here.dtype, beginning)
    report(events, output / "samples", json)


def check_kinds(kinds: list[str], are_pairs: bool) -> None:
    """Raises `BadRequest` at a kind that there are no maps of, or that names no folder."""
    if are_pairs and len(kinds) != 1:
        raise BadRequest("kinds", "a folder of pairs has one kind of map; give it one name")
    for kind in kinds:
        if not NAME.fullmatch(kind):
            raise BadRequest("kinds", f"{kind[:40]!r} must be letters, digits and dashes: it names a folder")
        if not are_pairs and kind not in (*KINDS, *EXAMPLES):
            raise BadRequest("kinds", f"{kind!r} is not known; scenes have {', '.join((*KINDS, *EXAMPLES))}")
        if kind in EXAMPLES and len(kinds) != 1:
            raise BadRequest("kinds", f"{kind} learns from scenes of its own; train it in a run by itself")


def edit(
    model: Base,
    output: Out,
    data: Pack = None,
    minutes: Minutes = 0.0,
    steps: Steps = 0,
    batch: Batch = 0,
    workers: Workers = -1,
    seed: Seed = 0,
    device: Device = "auto",
    compiles: Compiles = True,
    lean: Lean = False,
    json: Json = False,
) -> None:
    """Teach a copy of a model to change a picture as a sentence says."""
    from engine.training.beside import Wishes

    wishes = Wishes(minutes, steps, batch, workers, seed, compiles)
    train_variant("edit", "with_before", model, output, data, wishes, device, lean, json)


def inpaint(
    model: Base,
    output: Out,
    data: Pack = None,
    minutes: Minutes = 0.0,
    steps: Steps = 0,
    batch: Batch = 0,
    workers: Workers = -1,
    seed: Seed = 0,
    device: Device = "auto",
    compiles: Compiles = True,
    lean: Lean = False,
    json: Json = False,
) -> None:
    """Teach a copy of a model to fill a hole in a picture."""
    from engine.training.beside import Wishes

    wishes = Wishes(minutes, steps, batch, workers, seed, compiles)
    train_variant("inpaint", "with_hole", model, output, data, wishes, device, lean, json)


def train_variant(
    name: str, example: str, model: Path, output: Path, data: Path | None, wishes: Wishes, device: str,
    lean: bool, json: bool,
) -> None:  # fmt: skip
    """`edit` and `inpaint`, which differ in what is beside the noise."""
    from engine.training.beside import place, plan_for
    from engine.training.edits import VARIANTS, train_edit
    from engine.training.edits import complete as complete_folder
    from engine.training.frozen import Frozen

    here = place(device)
    plan = plan_for(name, here, wishes)
    frozen = Frozen.load(model, here.device, here.dtype)
    variant = VARIANTS[name](frozen)
    blocks = scene_blocks(example, data, frozen.side, wishes.seed)
    report(train_edit(variant, frozen, blocks, plan, output, here.dtype), output / "samples", json)
    if not lean:
        complete_folder(variant.pipeline, model, output)


def complete(
    what: Annotated[str, typer.Argument(help="edit or inpaint: what OUTPUT/unet was trained as.")],
    model: Base,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder that holds the trained unet.")],
) -> None:
    """Make a whole model folder of a network that was trained with --lean."""
    from engine.training.edits import VARIANTS
    from engine.training.edits import complete as complete_folder

    if what not in VARIANTS:
        raise BadRequest("what", f"{what!r} is not known; there are {', '.join(VARIANTS)}")
    complete_folder(VARIANTS[what].pipeline, model, output)


def judge(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file it goes to, .safetensors.")],
    data: Pack = None,
    minutes: Minutes = 0.0,
    steps: Steps = 0,
    batch: Batch = 0,
    workers: Workers = -1,
    seed: Seed = 0,
    device: Device = "auto",
    compiles: Compiles = True,
    small: Annotated[
        bool | None, typer.Option("--small/--large", help="Its size; else what suits the machine.")
    ] = None,
    side: Annotated[
        int, typer.Option(min=32, help="Pixels along the side of what it looks at; half costs a quarter.")
    ] = 128,
    json: Json = False,
) -> None:
    """Train the judge that `lienzo train evaluate` looks through."""
    from engine.training.beside import Wishes, place, plan_for
    from engine.training.evaluation.judge import LARGE, SMALL
    from engine.training.evaluation.judge_training import train_judge
    from engine.training.evaluation.vocabulary import Vocabulary
    from engine.training.scene_blocks import JUDGED

    here = place(device)
    plan = plan_for("judge", here, Wishes(minutes, steps, batch, workers, seed, compiles))
    blocks = replace(scene_blocks("with_facts", data, side, seed), focus=JUDGED)
    vocabulary = Vocabulary.of(blocks.open().sprites.concepts)
    is_small = here.device.type == "cpu" if small is None else small
    size = replace(SMALL if is_small else LARGE, side=side)
    report(train_judge(vocabulary, size, blocks, plan, output, here.device, here.dtype), None, json)


def scene_blocks(example: str, data: Path | None, side: int, seed: int) -> SceneBlocks:
    """Scenes with what `example`, a function of `scene_blocks`, takes from them."""
    from engine.training import scene_blocks as made

    if data is None:
        raise BadRequest("data", "name the pack of sprites; `lienzo train data` makes it")
    return made.SceneBlocks(data, getattr(made, example), side, seed=seed)


def pair_blocks(folder: Path, kind: str, side: int, seed: int) -> Blocks:
    """The artist's own pairs; what is left out is said."""
    from engine.training.pairs import read_pairs

    pairs, skipped = read_pairs(folder, kind, side, seed)
    for each in skipped:
        typer.echo(f"Skipped: {each.name} {each.reason}", err=True)
    return pairs


COMMANDS = {"control": control, "edit": edit, "inpaint": inpaint, "judge": judge, "complete": complete}
