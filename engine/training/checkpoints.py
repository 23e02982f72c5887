"""A training state on disk: tensors by name and a few numbers, in one file that is whole or not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.library.save import save_bytes


@dataclass(frozen=True, eq=False)
class State:
    """What a phase goes on from."""

    tensors: dict[str, torch.Tensor]
    facts: Mapping[str, Json]

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = f"{prefix}."
        return {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


def save_state(path: Path, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Json]) -> None:
    """Replace the state at `path`; a kill at any moment leaves the old one or the new one."""
    import safetensors.torch

    here = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    own = {name: tensor.clone() if tensor.dim() == 0 else tensor for name, tensor in here.items()}
    save_bytes(path, safetensors.torch.save(own, {"facts": json.dumps(facts)}))


def read_facts(path: Path) -> Mapping[str, Json] | None:
    """Only the facts of the state at `path`; None where there is none or it is damaged."""
    import safetensors

    try:
        with safetensors.safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {})["facts"])
    except (safetensors.SafetensorError, KeyError, ValueError, OSError):
        return None


def read_state(path: Path) -> State | None:
    """The state at `path`, None where there is none; raises `UnreadableFile` where it is damaged."""
    import safetensors
    import safetensors.torch

    if not path.exists():
        return None
    try:
        with safetensors.safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {})["facts"])
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, KeyError, ValueError, OSError) as error:
        raise UnreadableFile(
            f"The training state {path} cannot be read ({error}). Remove it to start this phase anew.",
            path=str(path),
        ) from error
    return State(tensors, facts)


def named(prefix: str, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names of `state` behind `prefix` and a dot."""
    return {f"{prefix}.{name}": tensor for name, tensor in state.items()}
