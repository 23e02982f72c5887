"""Every network of diffusers that reads a map or a reference: worked with, or named here with the reason."""

from __future__ import annotations

import inspect

import diffusers
from diffusers import loaders
from diffusers.loaders import single_file_model

from engine.conditioning.joined_maps import JOINED
from engine.conditioning.map_networks import ASKS
from engine.families.registry import families
from engine.networks.controls import CLASS_NAMES, UNET
from engine.networks.ip_adapters import BESIDE

SEVERAL = {
    "MultiControlNetModel", "FluxMultiControlNetModel", "HunyuanDiT2DMultiControlNetModel",
    "QwenImageMultiControlNetModel", "SD3MultiControlNetModel", "MultiAdapter",
}  # fmt: skip
"""Lists of others: here a map is weighed and asked by itself."""
NOT_READ = {
    "UNetControlNetXSModel": "a ControlNet-XS and its model in one, of which the model's half is read",
    "CosmosControlNetModel": "of films", "SparseControlNetModel": "of films", "MotionAdapter": "of films",
}  # fmt: skip
OTHER_ENDINGS = ("Pipeline", "Blocks", "Mixin", "PipelineOutput", "Processor")
"""Of names that are no networks."""
SINGLE_NOT_READ = {"MotionAdapter", "SparseControlNetModel"}
IP_MIXINS = {
    "IPAdapterMixin": "UNet", "ModularIPAdapterMixin": "UNet", "FluxIPAdapterMixin": "FLUX",
    "SD3IPAdapterMixin": "SD3",
}  # fmt: skip
TAKES_NO_REFERENCES = {"chroma": "its pipeline loads FLUX.1's, which were not taught beside its words"}


def exported() -> set[str]:
    structure = diffusers._import_structure  # type: ignore[attr-defined]
    return {name for names in structure.values() for name in names}


def test_every_network_that_reads_a_map_is_asked_or_is_named_with_the_reason():
    names = {name for name in exported() if "ControlNet" in name or "Adapter" in name}
    networks = {name for name in names if not name.endswith(OTHER_ENDINGS)}
    assert networks == {*CLASS_NAMES, *SEVERAL, *NOT_READ}
    assert {*ASKS, *JOINED} == {name for name in CLASS_NAMES if name != "T2IAdapter"}
    asked = {getattr(family, "control", None) for family in families().values()} - {None}
    assert asked == {name for name in CLASS_NAMES if name not in UNET}, (
        "each has a family that it stands beside"
    )


def test_every_map_network_that_diffusers_reads_from_a_single_file_is_read_from_one():
    loadable = {
        name
        for name in single_file_model.SINGLE_FILE_LOADABLE_CLASSES
        if "Control" in name or "Adapter" in name
    }
    assert loadable - SINGLE_NOT_READ <= CLASS_NAMES.keys()


def test_every_kind_of_ip_adapter_has_a_place_and_every_family_that_can_take_one_does():
    structure = vars(loaders)["_import_structure"]
    mixins = {name for names in structure.values() for name in names if name.endswith("IPAdapterMixin")}
    assert mixins == IP_MIXINS.keys()
    assert {kind.name for kind in BESIDE} <= set(IP_MIXINS.values())
    takers: dict[str, bool] = {}
    for name, family in families().items():
        for kind in getattr(family, "kinds", {}):
            pipeline = getattr(diffusers, kind, None)
            bases = (
                {base.__name__ for base in inspect.getmro(pipeline)} if inspect.isclass(pipeline) else set()
            )
            if bases & mixins:
                takes = getattr(family, "adapters", False) or getattr(family, "ip_adapters", None)
                takers[name] = takers.get(name, False) or bool(takes)
    assert {name for name, takes in takers.items() if not takes} == TAKES_NO_REFERENCES.keys()
    assert len(takers) > 3
