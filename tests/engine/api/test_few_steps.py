"""Distilled models and LoRAs: known by their names, and run as their makers say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from learnt import lora_state, save_lora
from tiny import tiny_sd

from engine.api.few_steps import distilled, run_as
from engine.api.request import Sampling
from engine.cli.request import Wishes, build_request
from engine.diffusion.flow_schedulers import flow_infos
from engine.diffusion.schedulers import SCHEDULERS, build
from engine.models.catalog import Catalog


@pytest.mark.parametrize(
    ("name", "title", "steps"),
    [
        ("lcm-lora-sdv1-5", "LCM", 6),
        ("sdxl_lightning_8step_lora", "Lightning", 8),
        ("Hyper-SD15-4steps-lora", "Hyper-SD", 4),
        ("Hyper-FLUX.1-dev-8steps-lora", "Hyper-SD", 8),
        ("dmd2_sdxl_4step_lora", "DMD2", 4),
        ("sd_turbo", "Turbo", 4),
        ("my-style-1000steps-lcm", "LCM", 6),
    ],
)
def test_names_tell_the_kind_and_the_steps(name: str, title: str, steps: int):
    found = distilled(["", name])
    assert found is not None and (found.title, found.steps) == (title, steps)


@pytest.mark.parametrize("name", ["ink", "helmet", "hyperrealism", "turbocharged", "calcmodel", "4steps"])
def test_other_names_tell_nothing(name: str):
    assert distilled([name]) is None


def test_networks_of_flow_keep_their_sampler_and_guidance():
    own, kind = Sampling("euler", 28, 3.5), distilled(["Hyper-FLUX.1-dev-8steps-lora"])
    assert kind is not None
    assert run_as(kind, own, [info.id for info in flow_infos()]) == replace(own, steps=8)
    assert run_as(kind, own, SCHEDULERS) == replace(own, scheduler="ddim_sgm", steps=8, guidance=1.0)


def test_the_samplers_for_few_steps_begin_in_all_the_noise():
    config = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    for id in ("euler_sgm", "ddim_sgm"):
        scheduler = build(id, config, steps=4)
        scheduler.set_timesteps(4)
        assert [round(float(step)) for step in scheduler.timesteps] == [999, 749, 499, 249]


def test_a_checkpoint_that_says_so_is_run_so_and_its_own_card_is_heard_first(tmp_path: Path):
    folder = tiny_sd(tmp_path / "dreamer-lcm-4step")
    found = Catalog().find(str(folder)).defaults.sampling
    assert (found.scheduler, found.steps, found.guidance) == ("lcm", 4, 1.0)
    assert Catalog().find(str(tiny_sd(tmp_path / "dreamer"))).defaults.sampling.steps == 25
    (folder / "lienzo.json").write_text(json.dumps({"steps": 7}))
    assert Catalog().find(str(folder)).defaults.sampling.steps == 7


def test_a_lora_on_the_command_line_sets_what_is_not_said(tmp_path: Path):
    base = tiny_sd(tmp_path / "base")
    lora = save_lora(tmp_path / "tiny-lcm-lora.safetensors", lora_state(base))
    wishes = Wishes(prompt="a dog", model=str(base), loras=[f"{lora}:1"])
    sampling = build_request(wishes, Catalog(), "starter").sampling
    assert (sampling.scheduler, sampling.steps, sampling.guidance) == ("lcm", 6, 1.0)
    said = build_request(replace(wishes, steps=9), Catalog(), "starter").sampling
    assert (said.scheduler, said.steps) == ("lcm", 9)
