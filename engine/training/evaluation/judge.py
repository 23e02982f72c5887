"""The judge: a small network that says what a picture shows. It never sees a model that it judges.

It looks at a picture in cells. Each cell has an embedding on the unit sphere, and so has each concept; a
concept is in the picture where a cell comes near it, so two things are found in two places. A second
embedding, of the whole picture, tells weather, place and style, and measures how far two pictures are apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.training.evaluation.vocabulary import Vocabulary

SIDE = 128
"""Pixels along the side of what the large one looks at, and of the pictures that one learns from."""
WIDTH = 256
"""Of both embeddings."""
FORMAT = "lienzo judge 1"


@dataclass(frozen=True)
class Size:
    """How wide and deep a judge is."""

    widths: tuple[int, ...]
    """Channels at a half, a quarter, an eighth and a sixteenth of the side."""
    blocks: tuple[int, ...]
    """At each of them."""
    side: int = SIDE
    """Pixels along the side of what it looks at."""


LARGE = Size((48, 96, 192, 320), (2, 2, 3, 2))
SMALL = Size((32, 80, 160, 320), (0, 1, 2, 2))
"""Two fifths of the work, none of it at the finest level: what a processor can train."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """What the judge says of n pictures."""

    concepts: torch.Tensor
    """n x concepts: how sure, as logits; the nearest concept has the highest."""
    facts: Mapping[str, torch.Tensor]
    """n x values, as logits, for each of the vocabulary's facts."""
    embedding: torch.Tensor
    """n x WIDTH, of length 1: the whole picture."""
    cells: torch.Tensor
    """n x concepts x cells: logits where."""
    features: torch.Tensor
    """n x channels x cells."""


class Judge(nn.Module):
    """Pictures (n x 3 x side x side, -1 to 1) to an `Opinion`."""

    def __init__(self, vocabulary: Vocabulary, size: Size = LARGE) -> None:
        super().__init__()
        self.vocabulary, self.size = vocabulary, size
        self.history: Mapping[str, Json] = {}
        """What is known of its own training."""
        widths = size.widths
        stages: list[nn.Module] = [nn.Conv2d(3, widths[0], 5, 2, 2)]
        for before, width, blocks in zip(widths, widths[1:], size.blocks, strict=False):
            stages += [Residual(before) for _ in range(blocks)]
            stages.append(nn.Conv2d(before, width, 3, 2, 1))
        stages += [Residual(widths[-1]) for _ in range(size.blocks[-1])]
        self.body = nn.Sequential(*stages, nn.GroupNorm(16, widths[-1]), nn.SiLU())
        self.cell = nn.Conv2d(widths[-1], WIDTH, 1)
        self.concepts = nn.Parameter(torch.randn(len(vocabulary.concepts), WIDTH) / WIDTH**0.5)
        self.whole = nn.Linear(2 * widths[-1], WIDTH)
        self.facts = nn.ModuleDict(
            {fact: nn.Linear(WIDTH, len(values)) for fact, values in vocabulary.facts.items()}
        )
        self.things = nn.Linear(WIDTH, len(vocabulary.concepts))
        self.colours = nn.Sequential(
            nn.Linear(widths[-1], WIDTH), nn.SiLU(), nn.Linear(WIDTH, len(vocabulary.colours))
        )
        self.sharpness = nn.Parameter(torch.tensor(16.0).log())
        """Of the cosines: with 1,100 concepts they must weigh more than 1 to tell them apart."""

    def forward(self, pictures: torch.Tensor) -> Opinion:
        features = self.body(pictures)
        with torch.autocast(pictures.device.type, enabled=False):  # cosines need all their digits
            return self._opinion(features.float())

    def _opinion(self, features: torch.Tensor) -> Opinion:
        """`features`: n x channels x h x w."""
        cells = functional.normalize(self.cell(features).flatten(2), dim=1)
        concepts = functional.normalize(self.concepts, dim=1)
        where = torch.einsum("kw,nwc->nkc", concepts, cells) * self.sharpness.exp()
        flat = features.flatten(2)
        embedding = functional.normalize(self.whole(torch.cat([flat.mean(2), flat.amax(2)], dim=1)), dim=1)
        said = {fact: head(embedding * WIDTH**0.5) for fact, head in self.facts.items()}
        return Opinion(where.logsumexp(2), said, embedding, where, flat)

    def whole_concepts(self, opinion: Opinion) -> torch.Tensor:
        """n x concepts as the embedding of the whole picture says it; only for training."""
        return self.things(opinion.embedding * WIDTH**0.5)

    def colour_of(self, opinion: Opinion, concepts: torch.Tensor) -> torch.Tensor:
        """n x colours: of the thing `concepts` (n) in each picture, looked at where it is."""
        chosen = opinion.cells[torch.arange(len(concepts), device=concepts.device), concepts.clamp_min(0)]
        attention = chosen.detach().float().softmax(dim=1)
        return self.colours(torch.einsum("nfc,nc->nf", opinion.features.float(), attention))

    def to_bytes(self, facts: Mapping[str, str | int | float]) -> bytes:
        """As `load` reads it; `facts` about its training go with it."""
        tensors = {
            name: value.detach().cpu().half().contiguous() for name, value in self.state_dict().items()
        }
        form = {**asdict(self.size), "vocabulary": asdict(self.vocabulary), "facts": dict(facts)}
        metadata = {"format": FORMAT, "judge": json.dumps(form, ensure_ascii=False)}
        return safetensors.torch.save(tensors, metadata)

    @staticmethod
    def load(path: Path, device: torch.device) -> Judge:
        """Raises `UnreadableFile` naming `path`."""
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if metadata.get("format") != FORMAT:
                raise ValueError("it is no judge of this version")
            form = json.loads(metadata["judge"])
            known = form["vocabulary"]
            facts = {name: tuple(values) for name, values in known["facts"].items()}
            vocabulary = Vocabulary(tuple(known["concepts"]), tuple(known["colours"]), facts)
            size = Size(tuple(form["widths"]), tuple(form["blocks"]), int(form.get("side", SIDE)))
            judge = Judge(vocabulary, size)
            judge.history = dict(form["facts"])
            judge.load_state_dict({name: value.float() for name, value in tensors.items()})
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise UnreadableFile(
                f"The judge {path} cannot be read ({error}). Train one with `lienzo train judge`.",
                path=str(path),
            ) from None
        return judge.eval().requires_grad_(False).to(device)


class Residual(nn.Module):
    """Two convolutions added to what comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inside = nn.Sequential(
            nn.GroupNorm(16, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(16, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures + self.inside(pictures)


@torch.no_grad()
def judge_pictures(judge: Judge, pictures: Sequence[NDArray[np.uint8]], batch: int = 64) -> Opinion:
    """The opinion of pictures of any size, h x w x 3; on the processor, its large parts in half precision."""
    device = judge.concepts.device
    parts = [
        _kept(judge(looked_at(pictures[start : start + batch], device, judge.size.side)))
        for start in range(0, len(pictures), batch)
    ]
    return Opinion(
        torch.cat([part.concepts for part in parts]),
        {fact: torch.cat([part.facts[fact] for part in parts]) for fact in judge.vocabulary.facts},
        torch.cat([part.embedding for part in parts]),
        torch.cat([part.cells for part in parts]),
        torch.cat([part.features for part in parts]),
    )


def _kept(opinion: Opinion) -> Opinion:
    return Opinion(
        opinion.concepts.cpu(), {fact: logits.cpu() for fact, logits in opinion.facts.items()},
        opinion.embedding.cpu(), opinion.cells.half().cpu(), opinion.features.half().cpu(),
    )  # fmt: skip


def looked_at(pictures: Sequence[NDArray[np.uint8]], device: torch.device, side: int) -> torch.Tensor:
    """n x 3 x side x side in -1 to 1; larger ones are averaged down."""
    same = len({picture.shape for picture in pictures}) == 1
    stacks = [np.stack(pictures)] if same else [picture[None] for picture in pictures]
    return torch.cat([_shrunk(torch.tensor(stack, device=device), side) for stack in stacks])


def _shrunk(pixels: torch.Tensor, side: int) -> torch.Tensor:
    tensor = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
    if tensor.shape[-2:] == (side, side):
        return tensor
    return functional.interpolate(tensor, size=(side, side), mode="bilinear", antialias=True)
