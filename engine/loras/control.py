"""Control LoRAs: they teach a network to read a map in further channels (FLUX.1 Canny's and Depth's).

Beside what a LoRA has they hold biases, and norms that stand in the place of the base's own; the first layer
reads twice as many numbers as the base's. As black-forest-labs made them, under their names or diffusers'
(diffusers: loaders/lora_pipeline.py, `FluxLoraLoaderMixin`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import TensorInfo, WeightFile
from engine.loras.kinds import BIAS, WHOLE, LoraKind
from engine.loras.names import LoraLayer, layers_of
from engine.loras.spellings import PREFIXES, Shapes, split_name
from engine.networks.original.rules import Rules, renamed

FIRST_ENDS = ("img_in", "x_embedder")
FIRST = "x_embedder"
CHANNELS = 128
"""That the first layer reads: the latents' 64 and the map's."""
PART = "transformer"
NORMS = ("norm_q", "norm_k", "norm_added_q", "norm_added_k")


def first_of(tensors: Mapping[str, TensorInfo]) -> str:
    """The tensor by which one sees that a file is a control LoRA; empty where it is none."""
    for name, tensor in tensors.items():
        stem, role = split_name(name)
        if role == "down" and stem.endswith(FIRST_ENDS) and tensor.shape[1:] == (CHANNELS,):
            return name
    return ""


def control_layers_of(
    file: WeightFile, base: Mapping[str, Shapes], base_title: str, makers: Rules = ()
) -> tuple[LoraLayer, ...]:
    """As `layers_of`, with the biases and norms, of a file that is a control LoRA.

    Raises `UnsupportedModel` as that does, and where the file has what a control LoRA has not.
    """
    plain = {name: tensor for name, tensor in file.tensors.items() if split_name(name)[1]}
    layers = layers_of(replace(file, tensors=plain), _widened(base), base_title, makers)
    biases = {layer.up: layer.up.removesuffix(".weight") + ".bias" for layer in layers}
    found = [
        replace(layer, tensors={BIAS: biases[layer.up]}) if biases[layer.up] in file.tensors else layer
        for layer in layers
    ]
    rest = file.tensors.keys() - plain.keys() - set(biases.values())
    return (*found, *(_norm(name, file, base, base_title, makers) for name in sorted(rest)))


def _widened(base: Mapping[str, Shapes]) -> dict[str, Shapes]:
    """The layers of the base, the first as wide as it is with a map."""
    own = base.get(PART, {})
    rows, columns = own.get(FIRST, (0, 0))
    return {**base, PART: {**own, FIRST: (rows, 2 * columns)}}


def _norm(
    name: str, file: WeightFile, base: Mapping[str, Shapes], base_title: str, makers: Rules
) -> LoraLayer:
    bare = next(name.removeprefix(prefix) for prefix in PREFIXES[PART] if name.startswith(prefix))
    tensor = file.tensors[name]
    own = next(iter(renamed({bare: tensor}, makers if "norm" in bare else ())), bare)
    layer, shape = own.removesuffix(".weight"), tensor.shape
    block, _, last = layer.rpartition(".")
    if last not in NORMS or f"{block}.to_q" not in base.get(PART, {}) or len(shape) != 1:
        raise UnsupportedModel(
            f"{file.path.name} is a control LoRA for another model than {base_title}: it has "
            f"{name[:100]}, which is no norm there. Choose the model that it was learnt with.",
            path=str(file.path),
            problem="other_base",
        )
    return LoraLayer(
        PART, layer, "", "", 1, None, 1.0, kind=LoraKind.WHOLE, tensors={WHOLE: name}, shape=shape
    )
