"""A device is one that is here, or a sentence that says which are."""

from __future__ import annotations

import os

import pytest
import torch

from engine.api.errors import BadRequest
from engine.diffusion.devices import choose_device, devices_here, thread_count


def test_the_fastest_that_is_here_is_chosen_and_every_one_by_its_name():
    here = devices_here()
    assert here[-1] == "cpu"
    assert choose_device() == torch.device(here[0])
    assert [str(choose_device(name)) for name in here] == here


@pytest.mark.parametrize(
    "name", ["foo", "", "cuda:99", "cuda:-1", "meta", "cpu:1", "CPU", "cuda\0", "x" * 999]
)
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str):
    with pytest.raises(BadRequest, match=r"device: .* is not here; choose one of: .*cpu") as caught:
        choose_device(name)
    assert caught.value.field == "device"
    assert len(str(caught.value)) < 200


def test_one_core_is_left_to_the_window_and_fewer_threads_can_be_asked_for(monkeypatch: pytest.MonkeyPatch):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = {
        "": max(1, cores - 1),
        "1": 1,
        "999": max(1, cores - 1),
        "0": max(1, cores - 1),
        "many": max(1, cores - 1),
    }
    for value, expected in asked.items():
        monkeypatch.setenv("OMP_NUM_THREADS", value)
        assert thread_count() == expected
