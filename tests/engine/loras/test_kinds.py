"""DoRA, LoHa and LoKr: what they add is what PEFT's own networks add, and nothing stays of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import LoHaConfig, LoKrConfig, LoraConfig, inject_adapter_in_model
from safetensors.torch import save_file
from torch import nn

from engine.api.errors import UnsupportedModel
from engine.checkpoints.eight_bits import packing
from engine.checkpoints.eight_bits.layers import unpack
from engine.loras.kinds import LoraKind
from engine.loras.lora import put_on, read_changes, set_weights, take_off
from engine.loras.names import has_lora_names, largest_rank, layers_of
from engine.models.headers.files import read_header
from engine.networks.original.rules import Rule

RANK = 2
PREFIX = {"lora": "lora_unet_", "loha": "lora_unet_", "lokr": "lycoris_"}


class Network(nn.Module):
    """A linear layer and a convolution, the two kinds that are changed."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(12, 8)
        self.two = nn.Conv2d(4, 6, 3, padding=1, stride=2)

    def forward(self, row: torch.Tensor, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.one(row), self.two(picture)


SHAPES = {"unet": {"one": (8, 12), "two": (6, 4, 3, 3)}}
INPUTS = torch.randn(3, 12), torch.randn(2, 4, 8, 8)
CONFIGS = {
    "dora": LoraConfig(r=RANK, lora_alpha=3, use_dora=True, target_modules=["one", "two"]),
    "loha": LoHaConfig(r=RANK, alpha=3, target_modules=["one", "two"]),
    "lokr": LoKrConfig(r=1, alpha=3, target_modules=["one", "two"], decompose_factor=2),
    "lokr-whole": LoKrConfig(r=64, alpha=64, target_modules=["one", "two"], decompose_factor=2),
}  # fmt: skip
ROLES = {"lora_A": "lora_down.weight", "lora_B": "lora_up.weight", "lora_magnitude_vector": "dora_scale"}


def learnt(kind: str) -> tuple[Network, dict[str, torch.Tensor]]:
    """PEFT's network of that kind with any numbers, and those as trainers write them."""
    torch.manual_seed(0)
    network = Network()
    theirs = inject_adapter_in_model(CONFIGS[kind], network)
    state: dict[str, torch.Tensor] = {}
    for name, parameter in theirs.named_parameters():
        parts = name.split(".")
        if "default" not in parts:
            continue
        layer, role = parts[0], ROLES.get(parts[1], parts[1])
        with torch.no_grad():
            parameter.copy_(torch.rand_like(parameter) + 0.1)
        prefix = PREFIX.get(kind[:4], "lora_unet_")
        value = parameter.detach().clone()
        if role == "dora_scale":
            value = value.reshape(-1, *[1] * (len(SHAPES["unet"][layer]) - 1))
        state[f"{prefix}{layer}.{role}"] = value
        state[f"{prefix}{layer}.alpha"] = torch.tensor(3.0)
    return theirs, state


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_it_adds_is_what_peft_s_own_network_adds(kind, tmp_path):
    theirs, state = learnt(kind)
    save_file(state, tmp_path / "learnt.safetensors")
    file = read_header(tmp_path / "learnt.safetensors")
    assert has_lora_names(file.tensors) and largest_rank(file) == {"lokr": 1, "lokr-whole": 0}.get(kind, RANK)
    layers = layers_of(file, SHAPES, "this")
    assert {layer.kind for layer in layers} == {LoraKind[kind[:4].upper()]}
    changes = read_changes(file, layers, torch.float32)["unet"]
    ours = Network()
    base = {name: tensor for name, tensor in theirs.state_dict().items() if ".base_layer." in name}
    ours.load_state_dict({name.replace(".base_layer", ""): tensor for name, tensor in base.items()})
    bare = ours(*INPUTS)
    put_on(ours, "a", changes)
    for mine, wanted in zip(ours(*INPUTS), theirs.eval()(*INPUTS), strict=True):
        assert torch.allclose(mine, wanted, atol=1e-4)
    set_weights(ours, {"a": 0.5})
    half = ours(*INPUTS)
    set_weights(ours, {"a": 0.0})
    assert all(map(torch.equal, ours(*INPUTS), bare))
    for middle, none, whole in zip(half, bare, theirs(*INPUTS), strict=True):
        assert torch.allclose(middle, (none + whole) / 2, atol=1e-4)
    take_off(ours)
    assert all(map(torch.equal, ours(*INPUTS), bare))


def test_one_change_of_several_layers_is_cut_for_each(tmp_path):
    """As FLUX.1's LoKr files have it: one change for query, key and value."""
    one, other = torch.randn(3, 2), torch.randn(4, 6)
    save_file({"lora_unet_qkv.lokr_w1": one, "lora_unet_qkv.lokr_w2": other}, tmp_path / "a.safetensors")
    shapes = {"unet": {name: (4, 12) for name in ("to_q", "to_k", "to_v")}}
    layers = layers_of(
        read_header(tmp_path / "a.safetensors"), shapes, "this", [Rule("qkv", ("to_q", "to_k", "to_v"))]
    )
    changes = read_changes(read_header(tmp_path / "a.safetensors"), layers, torch.float32)["unet"]
    whole = torch.kron(one, other)
    for number, name in enumerate(("to_q", "to_k", "to_v")):
        network = nn.Module()
        network.add_module(name, nn.Linear(12, 4))
        layer, row = network.get_submodule(name), torch.randn(1, 12)
        bare = layer(row)
        put_on(network, "a", {name: changes[name]})
        assert torch.allclose(layer(row), bare + row @ whole[4 * number : 4 * number + 4].T, atol=1e-5)


def refused(state: dict[str, torch.Tensor], tmp_path: Path) -> str:
    save_file(state, tmp_path / "learnt.safetensors")
    with pytest.raises(UnsupportedModel) as raised:
        layers_of(read_header(tmp_path / "learnt.safetensors"), SHAPES, "this")
    return raised.value.message


def test_differences_of_weights_and_biases_are_added_and_taken_away(tmp_path):
    """As LyCORIS' full files have them, and extracted LoRAs beside their products."""
    torch.manual_seed(1)
    differences = {
        "one.diff": torch.randn(8, 12), "one.diff_b": torch.randn(8), "two.diff": torch.randn(6, 4, 3, 3),
    }  # fmt: skip
    products = {
        "two.lora_down.weight": torch.randn(2, 4, 3, 3), "two.lora_up.weight": torch.randn(6, 2, 1, 1),
        "two.alpha": torch.tensor(3.0), "two.diff_b": torch.randn(6), "one.diff_b": torch.randn(8),
    }  # fmt: skip
    for state in (differences, products):
        network, wanted = Network(), Network()
        wanted.load_state_dict(network.state_dict())
        with torch.no_grad():
            for name, tensor in state.items():
                layer, _, role = name.partition(".")
                if role.startswith("diff"):
                    getattr(wanted.get_submodule(layer), "bias" if role == "diff_b" else "weight").add_(
                        tensor
                    )
            if state is products:
                down, up = products["two.lora_down.weight"], products["two.lora_up.weight"]
                wanted.two.weight.add_(1.5 * torch.einsum("or,rihw->oihw", up[..., 0, 0], down))
        save_file(
            {f"diffusion_model.{name}": tensor for name, tensor in state.items()}, tmp_path / "a.safetensors"
        )
        file = read_header(tmp_path / "a.safetensors")
        assert has_lora_names(file.tensors)
        bare = network(*INPUTS)
        put_on(network, "a", read_changes(file, layers_of(file, SHAPES, "this"), torch.float32)["unet"])
        set_weights(network, {"a": 1.0})
        for mine, other in zip(network(*INPUTS), wanted(*INPUTS), strict=True):
            assert torch.allclose(mine, other, atol=1e-4)
        take_off(network)
        assert all(map(torch.equal, network(*INPUTS), bare))


def test_what_is_not_applied_says_so(tmp_path):
    norm = {"lora_unet_norm1.diff": torch.zeros(12)}
    assert "changes lora_unet_norm1, a norm, which Lienzo cannot apply yet" in refused(norm, tmp_path)
    assert "is an IA3" in refused({"lora_unet_one.on_input": torch.zeros(8)}, tmp_path)
    other = {"lora_unet_one.diff": torch.zeros(8, 20)}
    assert "for one it has 8 x 20, and the model needs 8 x 12" in refused(other, tmp_path)
    _, loha = learnt("loha")
    name = "lora_unet_one.hada_"
    assert "with a core tensor" in refused({**loha, f"{name}t1": torch.zeros(2, 2, 1, 1)}, tmp_path)
    assert "only half of its change" in refused(
        {key: value for key, value in loha.items() if "w2" not in key}, tmp_path
    )
    wider = {**loha, f"{name}w1_b": torch.zeros(2, 20), f"{name}w2_b": torch.zeros(2, 20)}
    assert "LoRA for another model than this: for one it has 8 x 20" in refused(wider, tmp_path)
    _, dora = learnt("dora")
    assert "a length for every column" in refused(
        {**dora, "lora_unet_one.dora_scale": torch.ones(1, 12)}, tmp_path
    )


def test_a_rank_stabilised_one_is_divided_by_the_root_of_its_rank(tmp_path):
    state = {"unet.one.lora_A.weight": torch.ones(4, 12), "unet.one.lora_B.weight": torch.ones(8, 4)}
    told = {"unet.r": 4, "unet.lora_alpha": 6, "unet.use_rslora": True}
    file = tmp_path / "stable.safetensors"
    save_file(state, file, {"lora_adapter_metadata": json.dumps(told)})
    (layer,) = layers_of(read_header(file), SHAPES, "this")
    assert layer.alpha / layer.rank == 6 / 4**0.5


@pytest.mark.parametrize("kind", ["dora", "loha"])
def test_it_changes_layers_in_eight_bits_as_it_changes_what_they_stand_for(kind, tmp_path):
    _, state = learnt(kind)
    save_file(state, tmp_path / "learnt.safetensors")
    file = read_header(tmp_path / "learnt.safetensors")
    changes = read_changes(file, layers_of(file, SHAPES, "this"), torch.float32)["unet"]
    packed, plain = Network(), Network()
    numbers = packed.state_dict()
    packing.pack_all(numbers, lambda name: name.endswith("weight"))
    packing.put_in(packed, numbers)
    packed.load_state_dict(numbers, assign=True)
    layers = {name: packed.get_submodule(name) for name in ("one", "two")}
    plain.load_state_dict(
        {
            key: tensor
            for name, layer in layers.items()
            for key, tensor in (
                (f"{name}.weight", unpack(layer.weight, layer.scale, torch.float32)),
                (f"{name}.bias", layer.bias),
            )
        }
    )
    for network in (packed, plain):
        put_on(network, "a", changes)
    for mine, wanted in zip(packed(*INPUTS), plain(*INPUTS), strict=True):
        assert torch.allclose(mine, wanted, atol=1e-4)
