"""The loop beside a model: another call goes on, and what is exported are numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api.errors import Overflow
from engine.training.blocks import Block
from engine.training.examples import Examples, Tensors
from engine.training.fine_tuning import Facts, fine_tune
from engine.training.plan import Plan

CPU = torch.device("cpu")


class Rows:
    """Examples of eight numbers each."""

    size = 4

    def open(self) -> Rows:
        return self

    def block(self, index: int) -> Block:
        chance = np.random.default_rng(index)
        return Block({"row": chance.standard_normal((4, 8)).astype(np.float32)}, (("",),) * 4)


class Shrinking:
    """A task that brings a layer's answers to nothing; from step `astray` on its loss is no number."""

    name, ends = "shrinking", ()

    def __init__(self, astray: float = math.inf) -> None:
        torch.manual_seed(0)
        self.network = torch.nn.Linear(8, 8)
        self._asked, self._astray = 0, astray
        self.exported: list[tuple[torch.Tensor, Facts]] = []

    def take(self, block: Block) -> Tensors:
        return {"row": torch.from_numpy(block.arrays["row"])}

    def loss(self, rows: Tensors, generator: torch.Generator) -> torch.Tensor:
        self._asked += 1
        loss = self.network(rows["row"]).pow(2).mean()
        return loss * math.nan if self._asked > self._astray else loss

    def compile(self, is_wanted: bool) -> None:
        pass

    def preview(self, network: torch.nn.Module) -> None:
        return None

    def export(self, network: torch.nn.Module, facts: Facts) -> None:
        assert isinstance(network, torch.nn.Linear)
        self.exported.append((network.weight.clone(), facts))


def run(task: Shrinking, state: Path, **wishes: float) -> int:
    """How many steps the state has seen afterwards."""
    plan = Plan(batch=4, first=8, most=16, report_every_s=0.0, save_every_s=0.0, **wishes)  # type: ignore[arg-type]
    list(fine_tune(task, Examples(Rows(), plan), plan, state, CPU))
    return int(task.exported[-1][1]["steps"])


@pytest.mark.parametrize(
    ("first", "more"), [({"steps": 5}, {"steps": 9}), ({"minutes": 0.02}, {"minutes": 0.02})]
)
def test_another_call_goes_on_from_a_run_that_was_complete(first: dict, more: dict, tmp_path: Path):
    before = run(Shrinking(), tmp_path / "state", **first)
    assert run(Shrinking(), tmp_path / "state", **more) > before


def test_a_call_with_nothing_left_to_do_says_no_loss(tmp_path: Path):
    run(Shrinking(), tmp_path / "state", steps=5)
    task = Shrinking()
    assert run(task, tmp_path / "state", steps=5) == 5
    json.dumps(task.exported[-1][1], allow_nan=False)


def test_what_went_astray_is_neither_exported_nor_kept(tmp_path: Path):
    task = Shrinking(astray=10)
    with pytest.raises(Overflow):
        run(task, tmp_path / "state", steps=40)
    assert not task.exported
    after = Shrinking()
    assert run(after, tmp_path / "state", steps=40) == 40
    assert after.exported[-1][0].isfinite().all()
