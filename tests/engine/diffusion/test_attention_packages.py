"""Attention by packages beside torch: which one is taken, and what happens where it refuses. No card here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import diffusers
import pytest
import torch
from diffusers.models import attention_dispatch
from diffusers.models.attention_dispatch import (
    AttentionBackendName,
    _AttentionBackendRegistry,
    dispatch_attention_fn,
)

from engine.api.events import Notice
from engine.diffusion import attention_packages
from engine.diffusion.attention_packages import (
    IN_EIGHT_BITS,
    NEARLY_EXACT,
    REFUSED,
    TORCHS,
    dispatched,
    fastest_package,
    is_here,
    package_by_speed,
    through,
)

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nothing_tried() -> Iterator[None]:
    package_by_speed.cache_clear()
    yield
    package_by_speed.cache_clear()


def test_what_is_not_installed_is_not_used(monkeypatch):
    monkeypatch.setattr(attention_packages, "TOKENS", 4)
    assert is_here("native") and not any(map(is_here, ("flash", "xformers", "sage")))
    assert package_by_speed("cpu", torch.float32, True) == ""
    native = _AttentionBackendRegistry._backends[AttentionBackendName.NATIVE]
    with fastest_package(CPU, torch.float32, True, print):
        assert _AttentionBackendRegistry._backends[AttentionBackendName.NATIVE] is native


def test_diffusers_has_its_table_where_it_is_looked_for_and_without_it_torch_computes(monkeypatch):
    """It is no part of what diffusers promises: a version that moves it fails here, and costs speed only."""
    table = dispatched()
    assert table is not None, (
        "look into diffusers.models.attention_dispatch: the table of functions has moved"
    )
    for name in (TORCHS, *NEARLY_EXACT, *IN_EIGHT_BITS):
        assert callable(table.functions[name]) and {"query", "key", "value"} <= set(table.takes[name]), name
    monkeypatch.delattr(attention_dispatch, "_AttentionBackendRegistry")
    monkeypatch.setattr(attention_packages, "package_by_speed", lambda *_: pytest.fail("asked for packages"))
    with fastest_package(torch.device("cuda"), torch.float32, True, print):
        pass


@pytest.mark.parametrize(("in_eight_bits", "best"), [(False, ""), (True, "sage")])
def test_the_quickest_that_says_nearly_the_same_is_taken(monkeypatch, in_eight_bits, best):
    truth = torch.ones(1, 4, 8, 64)
    found = {
        "native": (truth, 1.0),
        "flash": (truth * torch.nan, 0.1),
        "xformers": (truth * 1.1, 0.2),  # too far away for one that computes in 16 bits
        "sage": (truth * 1.1, 0.5),
    }
    monkeypatch.setattr(attention_packages, "TOKENS", 4)
    monkeypatch.setattr(attention_packages, "is_here", lambda name: True)
    monkeypatch.setattr(attention_packages, "_tried", lambda name, given: found[name])
    assert package_by_speed("cpu", torch.float32, in_eight_bits) == best


def test_one_that_fails_on_this_card_is_not_taken(monkeypatch):
    """As diffusers' own function for it fails here, where the package is not even installed."""
    monkeypatch.setattr(attention_packages, "TOKENS", 4)
    monkeypatch.setattr(attention_packages, "is_here", lambda name: True)
    assert package_by_speed("cpu", torch.float32, True) == ""


@pytest.fixture
def flash(monkeypatch) -> list[bool]:
    """FlashAttention's place in the dispatcher, taken by torch; whether each of its calls had a mask."""
    calls: list[bool] = []
    native = _AttentionBackendRegistry._backends[AttentionBackendName.NATIVE]

    def attend(**given: torch.Tensor) -> torch.Tensor:
        calls.append(given.get("attn_mask") is not None)
        return native(**given)

    monkeypatch.setitem(_AttentionBackendRegistry._backends, AttentionBackendName.FLASH, attend)
    return calls


def transformer() -> Callable[[], torch.Tensor]:
    """What a tiny one of FLUX answers, which asks the dispatcher as the real one."""
    torch.manual_seed(0)
    network = diffusers.FluxTransformer2DModel(
        in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=8, pooled_projection_dim=8, axes_dims_rope=(4, 6, 6),
    ).eval()  # fmt: skip
    given = {
        "hidden_states": torch.randn(1, 4, 4), "encoder_hidden_states": torch.randn(1, 3, 8),
        "pooled_projections": torch.randn(1, 8), "timestep": torch.tensor([0.5]),
        "img_ids": torch.zeros(4, 3), "txt_ids": torch.zeros(3, 3),
    }  # fmt: skip

    def answer() -> torch.Tensor:
        with torch.inference_mode():
            return network(**given, return_dict=False)[0]

    return answer


def test_a_transformer_asks_the_package_and_afterwards_torch_again(flash):
    answer = transformer()
    before = answer()
    assert not flash
    with through("flash", lambda notice: pytest.fail(str(notice))):
        assert torch.equal(answer(), before)
    assert flash == [False, False]
    assert torch.equal(answer(), before) and len(flash) == 2


def test_what_the_package_refuses_torch_computes_and_that_is_said_once(monkeypatch):
    """FLASH stands for the package that is missing: what diffusers calls then is nothing."""
    answer, said = transformer(), list[Notice]()
    before = answer()
    with through("flash", said.append):
        assert torch.equal(answer(), before) and torch.equal(answer(), before)
    assert said == [REFUSED]


def test_masks_go_to_torch_and_memory_that_runs_out_is_no_refusal(flash, monkeypatch):
    query = torch.randn(1, 4, 2, 16)
    with through("flash", lambda notice: pytest.fail(str(notice))):
        dispatch_attention_fn(query, query, query, attn_mask=torch.ones(1, 1, 4, 4, dtype=torch.bool))
        assert flash == []
        dispatch_attention_fn(query, query, query)
        assert flash == [False]

    def short(**given: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setitem(_AttentionBackendRegistry._backends, AttentionBackendName.FLASH, short)
    with pytest.raises(torch.OutOfMemoryError), through("flash", lambda notice: pytest.fail(str(notice))):
        dispatch_attention_fn(query, query, query)
