"""VAEs on disk: what a file or folder is, by its headers alone."""

from __future__ import annotations

from pathlib import Path

from engine.api.errors import EngineError, UnsupportedModel
from engine.api.vae import VaeInfo
from engine.checkpoints.checkpoint import WeightFile, under
from engine.models.assembly.shelf import ALONE
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at, read_config
from engine.models.places.walk import CONFIG, WEIGHT_STEMS
from engine.models.recognition.recognise import recognise
from engine.networks.original.rules import weights_only
from engine.networks.vaes import KNOWN, TINY, VaeFile, half_of, tiny_vae_of, vae_of

VAE_CLASSES = (TINY, *(known.class_name for known in KNOWN))
PARTS = (
    "encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "conv1.", "conv2.", "bn.", "loss.",
    "model_ema.",
)  # fmt: skip
"""Beginnings of the names in a file that holds nothing but a VAE."""
HALVES = {"encoder": "decoder", "decoder": "encoder"}


def read_vae(path: Path) -> VaeFile:
    """The pre-flight of the safetensors file or diffusers folder at `path`.

    Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for what is no VAE that can take another's
    place.
    """
    file = read_header(weights_at(path))
    try:
        found = _whole(file) or tiny_vae_of(file, _other_half(file))
    except (KeyError, IndexError, StopIteration) as error:
        raise _unusable(path, f"looks like a VAE, but {str(error)[:100]} is missing in it") from None
    if found is not None:
        return found
    if half := half_of(file.tensors):
        raise _unusable(
            path, f"is the {half} of a tiny VAE alone, and its {HALVES[half]} does not lie beside it, under "
            f"the same name with {HALVES[half]} in place of {half}"
        )  # fmt: skip
    raise _unusable(path, "is no VAE of a kind that Lienzo knows")


def weights_at(path: Path) -> Path:
    """The weight file of a folder with one network; a file is that itself."""
    if not path.is_dir():
        return path
    names = [
        path / f"{stem}{variant}.safetensors"
        for stem in WEIGHT_STEMS for variant in ("", ".fp16", ".bf16")
    ]  # fmt: skip
    return next((name for name in names if name.exists()), names[0])


def _whole(file: WeightFile) -> VaeFile | None:
    tensors = weights_only(file.tensors)
    for prefix in ALONE:
        inner = under(tensors, prefix) if prefix else tensors
        found = vae_of(file, inner) if inner else None
        if found is not None:
            if len(inner) < len(tensors) or not all(name.startswith(PARTS) for name in inner):
                raise _unusable(
                    file.path, "seems to be a model that is not whole: there is more in it than a VAE"
                )
            return found
    return None


def _other_half(file: WeightFile) -> WeightFile | None:
    """What lies beside the encoder or decoder of a tiny VAE: `taesd_decoder` and `taesd_encoder`."""
    half, name = half_of(file.tensors), file.path.name
    if not half or half not in name:
        return None
    beside = file.path.with_name(name.replace(half, HALVES[half]))
    try:
        return read_header(beside) if beside.exists() else None
    except EngineError:
        return None  # it is named itself where it is broken


def is_vae_folder(path: Path) -> bool:
    """True for a diffusers folder of one VAE."""
    if not (path / CONFIG).is_file() or not weights_at(path).is_file():
        return False
    try:
        return read_config(path / CONFIG).get("_class_name") in VAE_CLASSES
    except EngineError:
        return False


def examine_vae(path: Path) -> VaeInfo:
    """What `read_vae` finds, for the catalog."""
    file = read_vae(path)
    shapes = {name: tensor.shape for one in file.files for name, tensor in one.tensors.items()}
    return VaeInfo(
        name=name_at(path),
        path=path,
        kind=file.kind,
        is_tiny=file.is_tiny,
        families=recognise(shapes).families,
        parameters=sum(one.parameters for one in file.files),
        bytes=sum(one.state.size for one in file.files),
        licence=file.files[0].licence,
    )


def _unusable(path: Path, why: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} {why}. Choose another file, or the model's own VAE.", path=str(path), problem="no_vae"
    )
