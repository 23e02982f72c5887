"""How much of a LoRA acts where: blocks of the networks by name, with what its weight is multiplied by there.

A block is the beginning of layers' names as diffusers' classes have them (`up_blocks.1`,
`transformer_blocks.4.attn`), or numbered neighbours at once (`transformer_blocks.0-8`); `text` is all text
encoders, and `denoiser` all of the network that draws. Of several that name a layer the longest decides.

Lists of numbers are those of the "LoRA block weight" extension that A1111's users know: `BASE`, `IN..`,
`MID`, `OUT..` of Stable Diffusion (17 blocks that attend, 26 in all) and of SDXL (12 and 20). They, and its
presets (`INS`, `OUTD`, ...), name other layers in each of the two, so they stand by these names until the
model is known: see `preset_blocks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from engine.api.errors import BadRequest

Blocks = Mapping[str, float]
TEXT, DENOISER = "text", "denoiser"
SHORT = {"down": "down_blocks", "mid": "mid_block", "up": "up_blocks"}
"""What may be typed for a UNet's."""
MOST_BLOCKS, LONGEST_BLOCK = 200, 120
DOWN_ALONE: Blocks = {"mid_block": 0.0, "up_blocks": 0.0}
UP_ALONE: Blocks = {"down_blocks": 0.0, "mid_block": 0.0}
EVERYWHERE: Mapping[str, Blocks] = {
    "ALL": {},
    "NONE": {TEXT: 0.0, DENOISER: 0.0},
    "ALL0.5": {TEXT: 0.5, DENOISER: 0.5},
}
"""Those of that extension's presets that mean the same for every model."""
NUMBERED = (
    "BASE", "IN01", "IN02", "IN04", "IN05", "IN07", "IN08", "MID",
    "OUT03", "OUT04", "OUT05", "OUT06", "OUT07", "OUT08", "OUT09", "OUT10", "OUT11",
)  # fmt: skip
"""The blocks of a list of 17 numbers, which its presets are."""
_INS, _OUTS = [tuple(f"{way}{at:02}" for at in range(12)) for way in ("IN", "OUT")]
COUNTED: Mapping[int, tuple[str, ...]] = {
    12: ("BASE", "IN04", "IN05", "IN07", "IN08", "MID", *_OUTS[:6]),
    17: NUMBERED,
    20: ("BASE", *_INS[:9], "MID", *_OUTS[:9]),
    26: ("BASE", *_INS, "MID", *_OUTS),
}
"""By how many numbers a list has, which blocks they are of; all others are 0."""
PRESETS: Mapping[str, tuple[str, ...]] = {
    "INS": NUMBERED[:4],
    "IND": (NUMBERED[0], *NUMBERED[4:7]),
    "INALL": NUMBERED[:7],
    "MIDD": (NUMBERED[0], *NUMBERED[4:12]),
    "OUTD": (NUMBERED[0], *NUMBERED[8:12]),
    "OUTS": (NUMBERED[0], *NUMBERED[12:]),
    "OUTALL": (NUMBERED[0], *NUMBERED[8:]),
    **{name: (name,) for name in ("BASE", "MID", *_INS, *_OUTS)},
    **{f"N{name}": tuple(other for other in NUMBERED if other != name) for name in NUMBERED},
}
"""Where the LoRA acts, as its first settings and `lbwpresets.txt` have it."""
ATTENDING = {4: ((1, 2, 4, 5, 7, 8), tuple(range(3, 12))), 3: ((4, 5, 7, 8), tuple(range(6)))}
"""By the levels of a UNet: which of the numbered inputs and outputs attend, in Stable Diffusion and SDXL."""


def read_blocks(text: str) -> dict[str, float]:
    """`up_blocks.1=0.5,mid_block=0`, or A1111's `lbw=INS`.

    Raises `BadRequest` naming the piece that cannot be read.
    """
    blocks: dict[str, float] = {}
    for piece in text.split(","):
        name, sign, number = (half.strip() for half in piece.partition("="))
        first, dot, rest = name.partition(".")
        try:
            if not sign or not name:
                raise ValueError(piece)
            if name == "lbw":
                blocks |= _named_blocks(number)
                continue
            blocks[SHORT.get(first, first) + dot + rest] = float(number)
        except ValueError:
            raise BadRequest(
                "lora_blocks",
                f"cannot be read at {piece.strip()[:60]!r}; write a block and how much of the LoRA acts "
                "there, for example up_blocks.1=0.5,mid_block=0",
                problem="lora_blocks",
                typed=piece.strip()[:60],
            ) from None
    return blocks


def read_strength(text: str) -> tuple[float, dict[str, float]] | None:
    """Weight and blocks of what stands behind a LoRA's name in a prompt; None where it cannot be read.

    `:0.8`, `:0.8:up_blocks.1=0.5`, `:0.8:lbw=1,0,0,...`, `:0.8:lbw=OUTD`; and as A1111 takes them two
    numbers, of which the second is the denoiser's and the first that of the text encoders.
    """
    numbers: list[float] = []
    blocks: dict[str, float] = {}
    for piece in text.split(":")[1:]:
        name, sign, value = (half.strip() for half in piece.partition("="))
        try:
            if not sign:
                numbers.append(float(name))
            elif name == "lbw":
                blocks |= _named_blocks(value)
            else:
                blocks |= read_blocks(piece)
        except (ValueError, BadRequest):
            return None
    if len(numbers) > 2 or not all(map(isfinite, (*numbers, *blocks.values()))):
        return None
    if len(numbers) < 2 or numbers[0] == numbers[1]:
        return (numbers[0] if numbers else 1.0), blocks
    words, denoiser = numbers
    if not denoiser:
        kept = {name: share for name, share in blocks.items() if name.startswith(TEXT) or name in PRESETS}
        return words, {DENOISER: 0.0, **kept}
    return denoiser, {TEXT: words / denoiser * blocks.pop(TEXT, 1.0), **blocks}


def _named_blocks(value: str) -> Blocks:
    """What stands behind `lbw=`: a preset's name, or a list of numbers. Raises `ValueError` otherwise."""
    if value in PRESETS:
        return {value: 1.0}
    if value in EVERYWHERE:
        return EVERYWHERE[value]
    numbers = [float(one) for one in value.split(",")]
    if len(numbers) not in COUNTED:
        raise ValueError(value)
    return dict(zip(COUNTED[len(numbers)], numbers, strict=True))


def preset_blocks(name: str, levels: int) -> dict[str, float] | None:
    """Where the LoRA acts by the preset `name` in a UNet of so many levels, and 0 elsewhere; None: no such.

    4 levels are Stable Diffusion's and 3 SDXL's, whose numbers count other layers.
    """
    if name not in PRESETS or levels not in ATTENDING:
        return None
    units = {"MID": ("mid_block",)}
    units |= {f"IN{at:02}": unit for at, unit in enumerate(_inputs(levels))}
    units |= {f"OUT{at:02}": unit for at, unit in enumerate(_outputs(levels))}
    acting = [unit for numbered in PRESETS[name] for unit in units.get(numbered, ())]
    return {TEXT: float("BASE" in PRESETS[name]), DENOISER: 0.0, **dict.fromkeys(acting, 1.0)}


def blocks_text(blocks: Blocks) -> str:
    """As `read_blocks` takes it."""
    return ",".join(f"{name}={number:g}" for name, number in blocks.items())


def _inputs(levels: int) -> list[tuple[str, ...]]:
    """`IN00`, `IN01`, ... of a UNet with so many levels."""
    units: list[tuple[str, ...]] = [("conv_in",)]
    for level in range(levels):
        for at in range(2):
            units.append(_unit(f"down_blocks.{level}", at, len(units) in ATTENDING[levels][0]))
        if level + 1 < levels:
            units.append((f"down_blocks.{level}.downsamplers",))
    return units


def _outputs(levels: int) -> list[tuple[str, ...]]:
    """`OUT00`, `OUT01`, ..."""
    units: list[tuple[str, ...]] = []
    for level in range(levels):
        for at in range(3):
            units.append(_unit(f"up_blocks.{level}", at, len(units) in ATTENDING[levels][1]))
        if level + 1 < levels:
            units[-1] = (*units[-1], f"up_blocks.{level}.upsamplers")
    return units


def _unit(block: str, at: int, attends: bool) -> tuple[str, ...]:
    both = f"{block}.attentions.{at}", f"{block}.resnets.{at}"
    return both if attends else both[1:]


def check_blocks(blocks: Blocks, limits: tuple[float, float]) -> None:
    """Raises `BadRequest` where there are too many, or one has no name or a number out of `limits`."""
    if len(blocks) > MOST_BLOCKS:
        raise BadRequest("lora_blocks", f"are more than {MOST_BLOCKS}", most=MOST_BLOCKS)
    low, high = limits
    for name, number in blocks.items():
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_BLOCK:
            raise BadRequest("lora_blocks", "have one without a name, or with a very long one")
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not low <= number <= high:
            raise BadRequest("lora_blocks", f"must be {low:g} to {high:g}, not {number!r} ({name[:60]})")
