"""One axis of a sheet: which setting is varied, and over which values."""

from __future__ import annotations

import csv
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.learnt import Lora
from engine.api.request import GenerationRequest, check_number

MOST_VALUES = 200
"""Of one axis; a range that is mistyped should not become a week of work."""


class AxisKind(enum.StrEnum):
    PROMPTS = "prompts"
    """Search and replace: the first value stands in the prompt, the others take its place."""
    SEEDS = "seeds"
    GUIDANCE = "guidance"
    STEPS = "steps"
    SAMPLERS = "samplers"
    STRENGTH = "strength"
    """Needs a start picture."""
    LORA = "lora"
    """The weight of the LoRA that `Axis.name` names."""
    MODELS = "models"


NUMBERS = {
    AxisKind.SEEDS: "seed",
    AxisKind.GUIDANCE: "guidance",
    AxisKind.STEPS: "steps",
    AxisKind.STRENGTH: "strength",
    AxisKind.LORA: "lora_weight",
}
"""Kinds whose values are numbers, and the limit (`request.LIMITS`) that they keep."""
WHOLE = (AxisKind.SEEDS, AxisKind.STEPS)
ALIASES = {
    "prompt": AxisKind.PROMPTS, "seed": AxisKind.SEEDS, "cfg": AxisKind.GUIDANCE, "step": AxisKind.STEPS,
    "sampler": AxisKind.SAMPLERS, "scheduler": AxisKind.SAMPLERS, "schedulers": AxisKind.SAMPLERS,
    "loras": AxisKind.LORA, "model": AxisKind.MODELS,
}  # fmt: skip
RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?")
"""`1..4`, or with a step `3..9:1.5`; both ends count."""


@dataclass(frozen=True)
class Axis:
    """Values as they were typed; `applied` makes settings of them."""

    kind: AxisKind
    values: tuple[str, ...]
    name: str = ""
    """Of the LoRA; empty for all other kinds."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """What an error about it names."""
        return f"lora:{self.name}" if self.kind is AxisKind.LORA else self.kind.value

    def checked(self) -> Axis:
        """Itself. Raises `BadRequest` where a value cannot be."""
        if not self.values:
            raise BadRequest(
                self.field,
                "has no values; write them with commas between, such as 1,2,3",
                problem="no_values",
            )
        if len(self.values) > MOST_VALUES:
            raise BadRequest(
                self.field,
                f"has {len(self.values):,} values; {MOST_VALUES} are the most of one axis",
                problem="too_many",
            )
        if self.kind is AxisKind.LORA and not self.name:
            raise BadRequest("lora", "needs the LoRA's name, such as lora:ink=0,0.5,1")
        for value in self.values:
            if not value:
                raise BadRequest(self.field, "has an empty value; put words with commas into quotes")
            if self.kind in NUMBERS:
                check_number(NUMBERS[self.kind], self._number(value))
        return self

    def applied(self, request: GenerationRequest, value: str) -> GenerationRequest:
        """`request` with this axis at `value`. Raises `BadRequest` where the two do not fit."""
        match self.kind:
            case AxisKind.PROMPTS:
                return replace(request, prompt=self._replaced(request.prompt, value))
            case AxisKind.MODELS:
                return replace(request, model=value)
            case AxisKind.LORA:
                return replace(request, loras=self._worn(request.loras, float(value)))
            case AxisKind.SAMPLERS:
                return replace(request, sampling=replace(request.sampling, scheduler=value))
            case AxisKind.STRENGTH if request.image is None:
                raise BadRequest(
                    "strength", "counts only with a start picture; choose one first", problem="needs_start"
                )
        changed = {NUMBERS[self.kind]: self._number(value)}
        return replace(request, sampling=replace(request.sampling, **changed))

    def _replaced(self, prompt: str, value: str) -> str:
        searched = self.values[0]
        if searched not in prompt:
            raise BadRequest(
                self.field,
                f"the first value is what is replaced, and {searched[:60]!r} does not stand in the prompt",
                problem="not_in_prompt",
                words=searched[:60],
            )
        return prompt.replace(searched, value)

    def _worn(self, loras: tuple[Lora, ...], weight: float) -> tuple[Lora, ...]:
        others = tuple(lora for lora in loras if lora.name != self.name)
        worn = next((lora for lora in loras if lora.name == self.name), Lora(self.name))
        return (*others, replace(worn, weight=weight))

    def _number(self, value: str) -> float:
        try:
            number = Decimal(value)
            if not number.is_finite() or (self.kind in WHOLE and number != number.to_integral_value()):
                raise ValueError(value)
        except (InvalidOperation, ValueError):
            what = "a whole number" if self.kind in WHOLE else "a number"
            raise BadRequest(self.field, f"must be {what}, not {value[:40]!r}", problem="no_number") from None
        return int(number) if self.kind in WHOLE else float(number)


def read_axis(text: str) -> Axis:
    """The axis in `seeds=1..4`, `prompts=beagle,owl,"red, shy fox"` or `lora:ink=0,0.5,1`.

    Raises `BadRequest` naming what is wrong.
    """
    head, equals, values = text.partition("=")
    word, _, name = head.strip().partition(":")
    kind = axis_kind(word)
    if kind is None or not equals:
        kinds = ", ".join(kind.value for kind in AxisKind)
        raise BadRequest("axis", f"{text[:60]!r} must read KIND=VALUES; kinds are {kinds}")
    return Axis(kind, read_values(kind, values), name.strip()).checked()


def axis_kind(word: str) -> AxisKind | None:
    word = word.strip().lower()
    return ALIASES.get(word) or next((kind for kind in AxisKind if kind.value == word), None)


def read_values(kind: AxisKind, text: str) -> tuple[str, ...]:
    """The values in `text`: commas between them, quotes around what holds one, ranges spelt out."""
    row = next(csv.reader([text.replace("\n", " ")], skipinitialspace=True), [])
    values = [value.strip() for value in row if value.strip()]
    if kind in NUMBERS:
        values = [number for value in values for number in _spelt_out(value)]
    return tuple(dict.fromkeys(values))


def _spelt_out(value: str) -> list[str]:
    match = RANGE.fullmatch(value)
    if match is None:
        return [value]
    first, last, step = Decimal(match[1]), Decimal(match[2]), Decimal(match[3] or 1)
    if step == 0 or abs(last - first) / step > MOST_VALUES:
        return [value]  # not a number, and said to be none
    step = step if last >= first else -step
    count = int((last - first) / step) + 1
    return [format((first + index * step).normalize(), "f") for index in range(count)]


def label_of(axis: Axis, value: str) -> str:
    """A value as it stands beside its row: without the folders of a model's file."""
    return Path(value).name if axis.kind is AxisKind.MODELS else value
