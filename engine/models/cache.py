"""Models in memory: the ones used last stay, as many as fit."""

from __future__ import annotations

import gc
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.api.errors import EngineError, UnsafeFile, UnsupportedModel
from engine.api.model_info import ModelInfo
from engine.api.segment import SegmenterInfo
from engine.checkpoints.eight_bits.packing import in_eight_bits
from engine.checkpoints.foreign_files import FileState
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.latents.table import latent_space
from engine.families.loaded_model import LoadedModel
from engine.families.registry import families
from engine.families.wardrobe import WornAdapter
from engine.models.assembly.examine import examine
from engine.models.assembly.shelf import Shelf
from engine.models.catalog import Catalog
from engine.models.kept.hashes import file_sha256, files_sha256, part_hashes, remembered_count
from engine.models.kept.recent import Recent
from engine.models.named.controls import Controls, FoundMap
from engine.models.named.looking import Drawn
from engine.models.named.references import FoundReference, References
from engine.models.named.segmenters import LoadedSegmenter
from engine.models.named.vaes import FoundVae
from engine.models.parts.control_bases import weights_of_base
from engine.models.parts.segmenter_files import read_segmenter
from engine.models.parts.upscaler_files import FoundUpscaler
from engine.networks.controls import load_control
from engine.networks.foreign_upscalers import load_by_library
from engine.networks.ip_adapters import read_adapter_state
from engine.networks.segmenters import load_segmenter
from engine.networks.upscalers import load_upscaler
from engine.networks.vaes import load_vae
from engine.networks.vision import eyes_of, load_vision

if TYPE_CHECKING:
    import torch

    from engine.checkpoints.weights import State
    from engine.conditioning.reference import LoadedReference

F = TypeVar("F", FoundMap, FoundReference)

MOST_DRAWN = 8
"""Maps of pictures that are kept, each of the picture's size."""
MOST_SAID = 64
"""Pictures of which it is remembered what an image encoder said: a few kilobytes each."""


@dataclass(frozen=True)
class _Kept:
    model: Any
    """A `LoadedModel`, a network that reads maps, or a `LoadedSegmenter`."""
    states: Mapping[Path, FileState]

    def is_current(self) -> bool:
        """False where a file was replaced, overwritten, cut or removed since it was read."""
        try:
            return all(FileState.of(path) == state for path, state in self.states.items())
        except EngineError:
            return False


class Models:
    """Loads what the catalog lists and keeps it, least recently used going first. For one thread."""

    def __init__(self, catalog: Catalog, device: str = "auto", keep_bytes: int | None = None) -> None:
        self.catalog = catalog
        self.keep_bytes = keep_bytes if keep_bytes is not None else default_keep_bytes()
        """Weights that may stay in memory beside the model in use."""
        self._device_name = device
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._controls: dict[tuple[str, str], _Kept] = {}
        self._segmenter: tuple[str, _Kept] | None = None
        self._adapters: dict[tuple[str, str], _Kept] = {}
        self._vae: tuple[tuple[str, str, str], Any] | None = None
        """What took the place of a model's own last, by hash, model and format."""
        self._tiny: tuple[tuple[str, str], LatentSpace] | None = None
        """The tiny VAE that drew previews last, by hash and format."""
        self.drawn: Recent[tuple[str, str, str, float], Drawn] = Recent(MOST_DRAWN)
        """Maps that were drawn of pictures: of (picture's hash, kind, network's name, detail)."""
        self._said: Recent[tuple[object, ...], tuple[torch.Tensor, torch.Tensor]] = Recent(MOST_SAID)

    @property
    def device(self) -> torch.device:
        """Where models are loaded to. Imports torch on first use."""
        from engine.diffusion.devices import choose_device  # imports torch

        return choose_device(self._device_name)

    def load(
        self,
        info: ModelInfo,
        dtype: torch.dtype,
        progress: Callable[[float], None] = lambda _: None,
        *,
        eight_bits: bool = False,
        outside: bool = False,
    ) -> LoadedModel:
        """The networks of `info` in `dtype`, from memory where its files are still the same.

        With `eight_bits` their weights are packed, all but the autoencoder's; with `outside` they are in the
        computer's memory until something moves them to the device. Of each `dtype` one form is kept.
        `progress` is told the share that is read while the files' hashes are made for the first time, and
        may raise to end the loading. Raises `UnsafeFile` or `UnsupportedModel` where the files are damaged
        or do not fit, `ModelNotFound` where they are gone.
        """
        if info.path is None:
            raise UnsupportedModel(f"{info.title} has no weights to load.", model=info.name)
        key = (str(info.path), str(dtype))
        device = self.device  # prepares torch before the first network is built
        rests_at = _outside() if outside else device
        kept = self._kept.get(key)
        if kept is not None and kept.is_current() and kept.model.in_eight_bits is eight_bits:
            self._kept.move_to_end(key)
            kept.model.decode_with("", _never)
            if kept.model.rests_at != rests_at:
                kept.model.rest_at(rests_at)
            return kept.model
        del kept  # or it would be in memory beside the next
        self._drop(key)
        number = 1 if eight_bits else dtype.itemsize
        self._make_room(sum(part.parameters for part in info.parts) * number)
        with in_eight_bits(eight_bits):
            kept = self._read(info, dtype, rests_at, progress)
        kept.model.in_eight_bits = eight_bits
        if outside:
            kept.model.device = device
            kept.model.settle()
        self._kept[key] = kept
        return kept.model

    def load_controls(self, controls: Controls, dtype: torch.dtype) -> tuple[Any, ...]:
        """The networks of `controls` in `dtype`, in their order; those of other maps are forgotten.

        Raises `UnsafeFile` or `UnsupportedModel` where one is damaged or does not fit its own header.
        """

        def load(found: FoundMap) -> _Kept:
            self._make_room(found.info.parameters * dtype.itemsize)
            network = load_control(
                found.file, dtype, self.device, lambda names: weights_of_base(found.file, names, dtype)
            )
            _check_finite(found.info.name, found.file.path, found.sha256, network.parameters(), dtype)
            return _Kept(network, found.file.states)

        return _kept_beside(self._controls, controls.found, dtype, load)

    def exchange_vae(self, model: LoadedModel, found: FoundVae | None) -> None:
        """Let `model` encode and decode by `found`, or by its own; what another one had is forgotten.

        Raises `UnsafeFile` or `UnsupportedModel` where it is damaged or does not fit its own header.
        """
        if found is None:
            self._vae = None
            model.decode_with("", _never)
            return
        vae = found

        def load(own: Any) -> Any:
            key = (vae.sha256, model.sha256, str(model.dtype))
            if self._vae is None or self._vae[0] != key:
                self._vae = None
                self._make_room(vae.info.parameters * model.dtype.itemsize)
                network = load_vae(vae.file, own, model.dtype, self.device)
                _check_finite(
                    vae.info.name, vae.info.path, vae.sha256, network.parameters(), model.dtype, "VAE"
                )
                self._vae = (key, network)
            return self._vae[1]

        model.decode_with(vae.sha256, load)

    def load_tiny_vae(self, found: FoundVae, dtype: torch.dtype) -> LatentSpace:
        """The tiny VAE `found`, which draws previews; the one that did before is forgotten.

        Raises `UnsafeFile` or `UnsupportedModel` where it is damaged or does not fit its own header.
        """
        key = (found.sha256, str(dtype))
        if self._tiny is None or self._tiny[0] != key:
            self._tiny = None
            network = load_vae(found.file, None, dtype, self.device)
            _check_finite(found.info.name, found.info.path, found.sha256, network.parameters(), dtype, "VAE")
            self._tiny = (key, latent_space(network))
        return self._tiny[1]

    def load_upscaler(self, found: FoundUpscaler, dtype: torch.dtype) -> tuple[Any, int]:
        """The upscaling network `found` and its scale. It is not kept: pictures are enlarged one at a time.

        Raises `UnsafeFile` or `UnsupportedModel` where it is damaged or does not fit its own header.
        """
        device = self.device  # prepares torch before the network is built
        self._make_room(found.info.parameters * dtype.itemsize)
        if found.folder is not None and found.kind is not None:
            from engine.networks.diffusion_upscaler import load_diffusion_upscaler  # torch's weight

            network = load_diffusion_upscaler(found.kind, found.folder, dtype, device)
            scale = found.kind.scale
        elif found.ours is None:
            network, scale = load_by_library(found.weights[0], device)
        else:
            network, scale = load_upscaler(found.ours, dtype, device), found.ours.sizes.scale
        digest = files_sha256(found.weights)
        _check_finite(found.info.name, found.info.path, digest, network.parameters(), dtype)
        return network, scale

    def load_segmenter(self, info: SegmenterInfo) -> LoadedSegmenter:
        """The network of `info` in full precision; the one that was used before is forgotten.

        Raises `UnsafeFile` or `UnsupportedModel` where it is damaged or does not fit its own header.
        """
        import torch

        if self._segmenter is not None:
            path, kept = self._segmenter
            if path == str(info.path) and kept.is_current():
                return kept.model
        self._segmenter = None
        gc.collect()
        device = self.device  # prepares torch before the first network is built
        file = read_segmenter(info.path)
        self._make_room(info.parameters * torch.float32.itemsize)
        network = load_segmenter(file, torch.float32, device)
        digest = file_sha256(file.weights)
        _check_finite(info.name, file.path, digest, network.parameters(), torch.float32)
        loaded = LoadedSegmenter(network, file.type, file.side)
        self._segmenter = (str(info.path), _Kept(loaded, file.states))
        return loaded

    def bytes_of_segmenter(self, info: SegmenterInfo) -> int:
        """Memory that its weights take already; 0 while they are not loaded."""
        if self._segmenter is None or self._segmenter[0] != str(info.path):
            return 0
        return self._segmenter[1].model.bytes

    def load_references(self, references: References, dtype: torch.dtype) -> tuple[LoadedReference, ...]:
        """The adapters of `references` in `dtype` with what their encoders say, in their order.

        An encoder is in memory only while it looks; what it has said of a picture is remembered. Those of
        other references are forgotten. Those that are joined are one. Raises `UnsafeFile` or
        `UnsupportedModel` as `load_controls` does.
        """
        from engine.conditioning.reference import LoadedReference  # names torch's tensors

        def load(found: FoundReference) -> _Kept:
            self._make_room(found.file.weights.state.size)
            state = read_adapter_state(found.file, dtype)
            _check_finite(found.name, found.file.path, found.sha256, _tensors_of(state), dtype)
            return _Kept(state, found.file.states)

        loaded = []
        states = _kept_beside(self._adapters, references.found, dtype, load)
        for found, state in zip(references.found, states, strict=True):
            given = found.given
            adapter = WornAdapter(found.name, state, given.weight, given.scope, found.file.network)
            seen = LoadedReference(given, adapter, *self._seen(found, dtype))
            if given.joined:
                loaded[-1] = loaded[-1].with_another(seen)
            else:
                loaded.append(seen)
        return tuple(loaded)

    def _seen(self, found: FoundReference, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        from engine.conditioning.reference import look

        pixels = found.given.image.pixels
        assert pixels is not None
        by_pieces, to_the_end = found.file.reads_pieces, found.file.reads_to_the_end
        key = (found.given.image.sha256, found.encoder_sha256, by_pieces, to_the_end, str(dtype))
        said = self._said.get(key)
        if said is None:
            file = found.encoder
            encoder = load_vision(file, dtype, self.device)
            _check_finite(found.encoder_name, file.path, found.encoder_sha256, encoder.parameters(), dtype)
            said = look(encoder, eyes_of(file), pixels, by_pieces, to_the_end)
            self._said.put(key, said)
        return said

    def let_go_oldest(self, info: ModelInfo) -> bool:
        """Forget the least recently used model that is not `info`; False where there is none."""
        key = next((key for key in self._kept if key[0] != str(info.path)), None)
        if key is None:
            return False
        self._drop(key)
        return True

    def keep_only(self, info: ModelInfo, dtype: torch.dtype) -> None:
        """Forget every model but `info` in `dtype`, and of that the text encoder. What reads maps stays, what
        selects things goes."""
        key = (str(info.path), str(dtype))
        used = self._kept.get(key)
        self._kept.clear()
        self._segmenter = self._tiny = None
        if used is not None:
            used.model.forget_text_encoder()
            self._kept[key] = used
        gc.collect()

    @property
    def bytes(self) -> int:
        """Memory of all kept weights."""
        controls = (tensor for kept in self._controls.values() for tensor in kept.model.parameters())
        adapters = (tensor for kept in self._adapters.values() for tensor in _tensors_of(kept.model))
        models = [kept.model.bytes for kept in self._kept.values()]
        segmenter = self._segmenter[1].model.bytes if self._segmenter is not None else 0
        vae = self._vae[1].parameters() if self._vae is not None else ()
        return sum(models) + segmenter + sum(map(bytes_of, (*controls, *adapters, *vae)))

    def bytes_of_kept(self, info: ModelInfo, dtype: torch.dtype) -> int:
        """Memory of the device that `info` takes in `dtype` already; 0 where it is not loaded."""
        kept = self._kept.get((str(info.path), str(dtype)))
        return kept.model.bytes_on_device if kept is not None else 0

    def _read(
        self, info: ModelInfo, dtype: torch.dtype, device: torch.device, progress: Callable[[float], None]
    ) -> _Kept:
        assert info.path is not None
        found, checkpoint = examine(info.path, Shelf.of(info.beside))
        found = replace(found, name=info.name, title=info.title)
        read = 0

        def count(size: int) -> None:
            nonlocal read
            read += size
            progress(read / checkpoint.bytes)

        hashes = part_hashes(checkpoint.weights, tuple(part.name for part in found.parts), count)

        def check(part: str, network: Any) -> None:
            _check_finite(found.title, found.path, hashes[part], network.parameters(), dtype, part)

        model = families()[found.family].load(found, checkpoint, dtype, device, hashes, check)
        return _Kept(model, checkpoint.states)

    def _make_room(self, wanted: int) -> None:
        if self._segmenter is not None and self.bytes + wanted > self.keep_bytes:
            self._segmenter = None
            gc.collect()
        while self._kept and self.bytes + wanted > self.keep_bytes:
            self._kept.popitem(last=False)
            gc.collect()

    def _drop(self, key: tuple[str, str]) -> None:
        if self._kept.pop(key, None) is not None:
            gc.collect()


def _kept_beside(
    kept: dict[tuple[str, str], _Kept], wanted: Sequence[F], dtype: torch.dtype, load: Callable[[F], _Kept]
) -> tuple[Any, ...]:
    """What is `wanted`, in its order: from `kept`, or loaded into it. All else there is forgotten."""
    keys = [(found.file.kept_as, str(dtype)) for found in wanted]
    for key in kept.keys() - set(keys):
        del kept[key]
    for key, found in zip(keys, wanted, strict=True):
        if key not in kept or not kept[key].is_current():
            kept[key] = load(found)
    return tuple(kept[key].model for key in keys)


def _never(own: Any) -> Any:
    raise AssertionError("its own is not loaded anew")


def _tensors_of(state: Mapping[str, State]) -> Iterator[torch.Tensor]:
    return (tensor for part in state.values() for tensor in part.values())


def bytes_of(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _check_finite(
    title: str,
    path: Path | None,
    digest: str,
    tensors: Iterable[torch.Tensor],
    dtype: torch.dtype,
    part: str = "weights",
) -> None:
    """Raises `UnsafeFile` where weights are NaN or infinite: such a model can only make black pictures."""
    from engine.checkpoints.weights import count_not_finite

    key = f"{digest}|{part}|{dtype}"
    number = remembered_count(key, lambda: count_not_finite(tensors))
    if number:
        raise UnsafeFile(
            f"{title} is damaged: {number:,} numbers in its {part} are infinite or no numbers at all. "
            "Get it again from its source.",
            path=str(path),
        )


def _outside() -> torch.device:
    import torch

    return torch.device("cpu")


def default_keep_bytes() -> int:
    """A third of the computer's memory: the window, the latents and the decoder need theirs."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 3
    except (AttributeError, ValueError, OSError):
        return 6 << 30
