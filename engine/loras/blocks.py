"""Blocks of a network by the names of its layers: how much of a LoRA acts on each, and which there are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.api.errors import BadRequest
from engine.api.lora_blocks import DENOISER, TEXT, Blocks, preset_blocks

RANGE = re.compile(r"(\d+)-(\d+)")
NUMBERED = re.compile(r"(\w+)\.(\d+)(?:\.|$)")
MOST_GROUPS = 4
"""Of the numbered blocks of one stack: so many sliders are shown for it."""
BLOCKS_OF_UNET = ("down_blocks", "up_blocks")
"""Stacks of which each block is for itself: they are few, and unlike one another."""

Layer = tuple[str, str]
"""Part and the layer's name in it."""


def share_of(layer: Layer, blocks: Blocks) -> float:
    """What a LoRA's weight is multiplied by at that layer; 1 where no block names it."""
    found = [(sureness, share) for block, share in blocks.items() if (sureness := _names(block, layer))]
    return max(found)[1] if found else 1.0


def _names(block: str, layer: Layer) -> tuple[int, bool] | None:
    """How exactly `block` names `layer`; None: it does not."""
    part, name = layer
    is_text = part.startswith(TEXT)
    if block in (TEXT, DENOISER):
        return (1, False) if is_text is (block == TEXT) else None
    wanted, own = block.split("."), f"{part}.{name}".split(".") if is_text else name.split(".")
    if len(wanted) > len(own) or wanted[:-1] != own[: len(wanted) - 1]:
        return None
    last = own[len(wanted) - 1]
    if numbers := RANGE.fullmatch(wanted[-1]):
        inside = last.isdecimal() and int(numbers[1]) <= int(last) <= int(numbers[2])
        return (len(wanted) + 1, False) if inside else None
    return (len(wanted) + 1, True) if last == wanted[-1] else None


def groups_of(layers: Iterable[Layer]) -> tuple[str, ...]:
    """The blocks in which these layers lie, for people: each of a UNet, of a long stack a few at once."""
    stacks: dict[str, set[int]] = defaultdict(set)
    for part, name in sorted(layers, key=lambda layer: not layer[0].startswith(TEXT)):
        if part.startswith(TEXT):
            stacks[TEXT]
            continue
        stack, number = _stack_of(name)
        stacks[stack] |= set() if number is None else {number}
    return tuple(group for stack, numbers in stacks.items() for group in _groups(stack, sorted(numbers)))


def _stack_of(name: str) -> tuple[str, int | None]:
    """`blocks` and 3 of `blocks.3.attn`; what stands by itself has no number."""
    numbered = NUMBERED.match(name)
    return (numbered[1], int(numbered[2])) if numbered else (name.partition(".")[0], None)


def _groups(stack: str, numbers: Sequence[int]) -> list[str]:
    if not numbers:
        return [stack]
    if stack in BLOCKS_OF_UNET or len(numbers) <= MOST_GROUPS:
        return [f"{stack}.{number}" for number in numbers]
    size = -(-len(numbers) // MOST_GROUPS)
    pieces = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    return [
        f"{stack}.{piece[0]}-{piece[-1]}" if len(piece) > 1 else f"{stack}.{piece[0]}" for piece in pieces
    ]


def in_model(blocks: Blocks, base: Mapping[str, Iterable[str]]) -> Blocks:
    """`blocks` with A1111's presets as the blocks that they mean in the model whose layers are `base`.

    Only those that the model has; a preset that means nothing in it stays by its name. A block that is named
    beside a preset counts as it says, and what is said of all text or of all that draws is multiplied in.
    """
    layers = [(part, name) for part, names in base.items() for name in names]
    numbered = (NUMBERED.match(name) for _, name in layers)
    levels = len({found[2] for found in numbered if found and found[1] == "down_blocks"})
    meant: dict[str, float] = {}
    others: dict[str, float] = {}
    for block, share in blocks.items():
        preset = preset_blocks(block, levels)
        if preset is None:
            others[block] = share
            continue
        for name, acts in preset.items():
            if name in (TEXT, DENOISER) or any(_names(name, layer) for layer in layers):
                meant[name] = max(meant.get(name, 0.0), acts * share, key=abs)
    if not meant:
        return others
    text, denoiser = others.pop(TEXT, 1.0), others.pop(DENOISER, 1.0)
    return {name: share * (text if name == TEXT else denoiser) for name, share in meant.items()} | others


def check_known(blocks: Blocks, base: Mapping[str, Iterable[str]], title: str) -> None:
    """Raises `BadRequest` where one of `blocks` is none of the model `title`, whose layers are `base`."""
    layers = [(part, name) for part, names in base.items() for name in names]
    for block in blocks:
        if block in (TEXT, DENOISER) or any(_names(block, layer) for layer in layers):
            continue
        known = ", ".join(groups_of(layers))
        raise BadRequest(
            "lora_blocks",
            f"name {block[:60]!r}, which {title} does not have; it has {known}",
            problem="no_block",
            block=block[:60],
            known=known,
        )


def share_in(group: str, blocks: Blocks) -> float:
    """The same of a whole group: what its first layer has."""
    if group == TEXT:
        return blocks.get(TEXT, 1.0)
    first = RANGE.sub(lambda numbers: numbers[1], group)
    return blocks.get(group, share_of((DENOISER, first), blocks))
