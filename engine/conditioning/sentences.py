"""Several sentences, by steps and by places, for any pipeline.

What a prompt becomes in the network's arguments is found by a `rehearsal`, and put into the real calls in its
turn.

Sentences that `AND` joins are composed as in https://arxiv.org/abs/2206.01714, those of regions in latent
space as in https://arxiv.org/abs/2302.08113, with a share for each cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.api.mask import Coverage
from engine.conditioning.inpaint import Cells
from engine.conditioning.rehearsal import Call, Change, change, differing_share, laid_over
from engine.diffusion.estimate import NoiseLevel
from engine.diffusion.guidance import half_of_call
from engine.diffusion.tap import Moment, NetworkCall, latents_given

if TYPE_CHECKING:
    import torch

Pair = tuple[str, str]
"""Prompt and negative prompt."""
INSIDE = 0.5
"""A cell of which so much is covered belongs to a region while that is laid out."""


@dataclass(frozen=True, eq=False)
class Voice:
    """One sentence of a picture."""

    texts: tuple[str, ...]
    """For each step."""
    weight: float
    mask: Coverage | None = None
    """H x W of the picture, where it counts; None: everywhere."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Nothing at all, at the noise of the first steps: what a region sees around itself while it is laid out.

    So a thing finds its place inside the region instead of where it would stand in the picture
    ("bootstrapping", section 4.2 of https://arxiv.org/abs/2302.08113).
    """

    clean: torch.Tensor
    """1 x C x 1 x 1: the latents of a plain grey picture."""
    noise: torch.Tensor
    """1 x C x h x w."""
    levels: tuple[NoiseLevel, ...]
    """Of the sample that goes into each of the first steps."""

    def around(self, sample: torch.Tensor, inside: torch.Tensor, step: int) -> torch.Tensor:
        """`sample` (B x C x h x w, as the network reads it) where `inside`, and the ground elsewhere."""
        import torch

        level = self.levels[step - 1]
        whole = math.hypot(level.alpha, level.sigma)  # the network is given numbers of variance one
        ground = level.alpha / whole * self.clean + level.sigma / whole * self.noise
        return torch.where(inside, sample, ground.to(sample))


class FollowSentences(Moment):
    """Tells the network what is said at each step, and lays together what it answers."""

    def __init__(
        self,
        voices: Sequence[Voice],
        negative: Sequence[str],
        rehearsed: Mapping[Pair, Sequence[Call]],
        *,
        is_guided: bool,
        has_stock_batch: bool,
        one_by_one: bool,
        cells: Cells | None = None,
        ground: Ground | None = None,
    ) -> None:
        """
        Args:
            rehearsed: The calls of a step, for every prompt with its negative prompt.
            is_guided: True where the pipeline asks for the negative prompt too.
            has_stock_batch: True where both go at once, (negative half, prompt half).
            one_by_one: True where there is no memory for both at once.
            cells: Of latents that the scheduler does not keep as 1 x C x h x w.
            ground: What regions see around themselves at first; only where the batch is the stock one.
        """
        self.ground = ground
        self.voices, self.negative, self.rehearsed = voices, negative, rehearsed
        self.is_guided, self.has_stock_batch = is_guided, has_stock_batch
        self.one_by_one, self.cells = one_by_one, cells
        self._first: Pair = (voices[0].texts[0], negative[0])
        self._calls_a_step = len(rehearsed[self._first])
        self._number = 0
        self._changes: dict[tuple[Pair, Pair, int], Change] = {}
        self._shares: list[torch.Tensor] | None = None

    def before_network(self, call: NetworkCall) -> None:
        number = self._number % self._calls_a_step
        self._number += 1
        step = min(call.step, len(self.negative)) - 1
        spoken = [(voice.texts[step], self.negative[step]) for voice in self.voices]
        differs = any(self._change(spoken[0], pair, number) for pair in spoken[1:])
        calls = [self._saying(call, self._first, pair, number) for pair in spoken]
        call.args, call.kwargs = calls[0].args, calls[0].kwargs
        if differs:
            told = self._together(calls, spoken, number)
            gives_a_list = isinstance(latents_given(call.args, call.kwargs), list)
            call.output = list(told.unbind(0)) if gives_a_list else told  # pyright: ignore[reportAttributeAccessIssue]

    def _change(self, before: Pair, after: Pair, number: int) -> Change:
        """What differs in call `number` of a step where other words are said."""
        key = (before, after, number)
        if key not in self._changes:
            self._changes[key] = change(self.rehearsed[before][number], self.rehearsed[after][number])
        return self._changes[key]

    def _saying(self, call: NetworkCall, before: Pair, after: Pair, number: int) -> NetworkCall:
        """`call`, in which `before` is said, with `after` in its place."""
        told = self._change(before, after, number)
        args = tuple(told.args.get(index, value) for index, value in enumerate(call.args))
        return NetworkCall(args, laid_over(call.kwargs, told.kwargs), call.step, call.forward)

    def _together(self, calls: Sequence[NetworkCall], spoken: Sequence[Pair], number: int) -> torch.Tensor:
        """What all voices say of the same latents, as one answer."""
        import torch

        if self.is_guided and self._calls_a_step == 1:
            if self.ground is not None and calls[0].step <= len(self.ground.levels):
                return self._laid_out(calls, self.ground)
            place, count = self._place_of_prompt(spoken)
            shares = list(self._whole(calls[0]).chunk(count))
            said = [shares[place], *(self._prompted(one, place, count) for one in calls[1:])]
            # of three the second is guided by the picture alone, and the prompt is held against it
            shares[place] = self._laid(said, shares[1 - place if count == 2 else 1])
            return torch.cat(shares)
        said = [self._of_picture(_answer(one)) for one in calls]
        without = None
        if self.is_guided and not math.isclose(self._weight_of_whole, 1):
            asked = self._negative(calls[0], spoken[0], number)
            without = self._of_picture(_answer(asked))
        return self._laid(said, without)

    def _laid_out(self, calls: Sequence[NetworkCall], ground: Ground) -> torch.Tensor:
        """As `_together`, with each region by itself on plain ground, its negative prompt too."""
        import torch

        without, first = self._whole(calls[0]).chunk(2)
        unguided, said = [without], [first]
        for call, voice in zip(calls[1:], self.voices[1:], strict=True):
            if voice.mask is None:
                said.append(self._prompted(call, 1, 2))
                continue
            sample = call.args[0]
            inside = torch.from_numpy(_means(voice.mask, *sample.shape[-2:]) >= INSIDE).to(sample.device)
            args = (ground.around(sample, inside, call.step), *call.args[1:])
            own_without, own = self._whole(replace(call, args=args)).chunk(2)
            unguided.append(own_without)
            said.append(own)
        prompted = self._laid(said, without)
        around, *shares = self._shares_of(without)
        own_parts = [share * one for share, one in zip(shares, unguided[1:], strict=True)]
        return torch.cat([_added(around * without, own_parts), prompted])

    def _of_picture(self, answer: torch.Tensor) -> torch.Tensor:
        """Without what stands before the picture's tokens, which is as long as the prompt."""
        if self.cells is None or not self.cells.packing.behind:
            return answer
        return answer[:, -(self.cells.rows * self.cells.columns // self.cells.packing.patch**2) :]

    @property
    def _weight_of_whole(self) -> float:
        return sum(voice.weight for voice in self.voices if voice.mask is None)

    def _negative(self, call: NetworkCall, pair: Pair, number: int) -> NetworkCall:
        """The step's other call, that of the negative prompt, with the latents of this one."""
        own, other = self.rehearsed[pair][number], self.rehearsed[pair][1 - number]
        told = change(own, other)
        args = tuple(told.args.get(index, value) for index, value in enumerate(call.args))
        return NetworkCall(args, laid_over(call.kwargs, told.kwargs), call.step, call.forward)

    def _whole(self, call: NetworkCall) -> torch.Tensor:
        import torch

        if not (self.one_by_one and self.has_stock_batch):
            return _answer(call)
        answers = []
        for number in (0, 1):
            args, kwargs = half_of_call(call, number)
            answers.append(call.forward(*args, **kwargs)[0])
        return torch.cat(answers)

    def _prompted(self, call: NetworkCall, place: int, count: int) -> torch.Tensor:
        """The prompt's share of the batch alone; where that is not the stock one, out of the whole."""
        if not self.has_stock_batch:
            return _answer(call).chunk(count)[place]
        args, kwargs = half_of_call(call, place)
        return call.forward(*args, **kwargs)[0]

    def _place_of_prompt(self, spoken: Sequence[Pair]) -> tuple[int, int]:
        """Which share of the batch is the prompt's, and of how many: the one in which two prompts differ."""
        if not self.has_stock_batch:
            first = self.rehearsed[spoken[0]][0]
            for pair in spoken[1:]:
                told = self._change(spoken[0], pair, 0)
                both = [(first.args[index], value) for index, value in told.args.items()]
                both += [(first.kwargs.get(name), value) for name, value in told.kwargs.items()]
                for ours, theirs in both:
                    if (place := differing_share(ours, theirs)) is not None:
                        return place
        return 1, 2

    def _laid(self, said: Sequence[torch.Tensor], without: torch.Tensor | None) -> torch.Tensor:
        """`said`, one answer for each voice, laid together by weights and places."""
        whole = [(one, voice) for one, voice in zip(said, self.voices, strict=True) if voice.mask is None]
        total = sum(voice.weight for _, voice in whole)
        if without is not None:
            picture = _added(without, [voice.weight * (one - without) for one, voice in whole])
        elif abs(total) > 1e-9:
            first, *more = [voice.weight / total * one for one, voice in whole]
            picture = _added(first, more)
        else:
            picture = whole[0][0]
        answers = [one for one, voice in zip(said, self.voices, strict=True) if voice.mask is not None]
        if not answers:
            return picture
        around, *shares = self._shares_of(picture)
        parts = [share * one for share, one in zip(shares, answers, strict=True)]
        return _added(around * picture, parts)

    def _shares_of(self, like: torch.Tensor) -> list[torch.Tensor]:
        """The whole picture's share of every cell, then each region's; together 1."""
        import torch

        if self._shares is None:
            rows, columns = self._size_of(like)
            shares = [
                torch.from_numpy(_means(voice.mask, rows, columns) * np.float32(voice.weight))
                for voice in self.voices
                if voice.mask is not None
            ]
            covered = torch.stack(shares).sum(0)
            shares = [share / covered.clamp(min=1) for share in shares]
            shares = [1 - torch.stack(shares).sum(0), *shares]
            self._shares = [self._as_latents(share, like) for share in shares]
        return self._shares

    def _size_of(self, like: torch.Tensor) -> tuple[int, int]:
        """Of the picture in cells: a network may answer for another one to its right, too."""
        if self.cells is not None:
            return self.cells.rows, self.cells.columns
        height, width = next(voice.mask.shape for voice in self.voices if voice.mask is not None)
        rows = like.shape[-2]
        return rows, rows * width // height

    def _as_latents(self, share: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        import torch

        laid = share[None, None]
        if self.cells is not None:
            laid = self.cells.packing.pack(laid.expand(-1, self.cells.channels, -1, -1))
            if laid.shape[1] < like.shape[1]:  # pictures that are read stand behind the latents
                behind = laid.new_zeros(*laid.shape[:1], like.shape[1] - laid.shape[1], *laid.shape[2:])
                laid = torch.cat([laid, behind], dim=1)
            if like.ndim == 6:  # B x tokens x C x 1 x h x w
                laid = laid.reshape(*laid.shape[:2], *like.shape[2:])
        elif beside := like.shape[-1] - laid.shape[-1]:
            laid = torch.nn.functional.pad(laid, (0, beside))
        return laid.to(like.device, like.dtype)


def _answer(call: NetworkCall) -> torch.Tensor:
    """What the network says; a list with an answer for each picture, as Z-Image's, as one batch."""
    import torch

    said = call.forward(*call.args, **call.kwargs)[0]
    return torch.stack(said) if isinstance(said, list) else said


def _added(first: torch.Tensor, more: Sequence[torch.Tensor]) -> torch.Tensor:
    for one in more:
        first = first + one
    return first


def _means(mask: Coverage, rows: int, columns: int) -> np.ndarray:
    """The share of each latent cell that is covered, `rows` x `columns`; cells may end within a pixel."""
    mask = mask.repeat(rows // math.gcd(rows, mask.shape[0]), axis=0)
    mask = mask.repeat(columns // math.gcd(columns, mask.shape[1]), axis=1)
    height, width = mask.shape
    cells = mask.reshape(rows, height // rows, columns, width // columns)
    return cells.mean(axis=(1, 3), dtype=np.float32) / 255
