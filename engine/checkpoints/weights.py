"""Tensors from a checked file into memory of their own: aligned, of one number format, safe from the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.api.errors import UnsupportedModel
from engine.checkpoints import packed
from engine.checkpoints.checkpoint import FLOATS, WHOLE, Kept, TensorInfo, WeightFile
from engine.checkpoints.eight_bits import packing
from engine.checkpoints.foreign_files import FileState, open_regular, unsafe

if TYPE_CHECKING:
    import torch

State = dict[str, "torch.Tensor"]
"""Parameter name to tensor, as in torch's `state_dict`."""


def read_tensors(
    files: Iterable[WeightFile],
    dtype: torch.dtype,
    names: Callable[[str], bool],
    is_packable: Callable[[str], bool] = lambda name: False,
    is_exact: Callable[[str], bool] = lambda name: False,
) -> State:
    """The tensors whose names `names` accepts; numbers with a fraction are converted to `dtype`.

    Those that `is_packable` accepts are packed in 8 bits as they come (`eight_bits.packing`); those that
    `is_exact` accepts are read as float32, whatever `dtype` is.

    The file is read, not mapped: bits do not depend on how a mapping happens to be aligned, a file that is
    cut while we read is an error and not the end of the process, and afterwards the file may go away.
    Raises `UnsafeFile` where a file is not the one whose header was checked.
    """
    state: State = {}
    for weights in files:
        with open_regular(weights.path) as file:
            if FileState.of_open(file) != weights.state:
                raise changed(weights.path)
            for name, tensor in weights.tensors.items():
                if not names(name):
                    continue
                own = _torch_dtype("F32") if is_exact(name) else dtype
                read = _read_tensor(file, weights.path, tensor, own)
                if is_packable(name) and not packed.is_packed(read):
                    packing.put_packed(state, name, read)
                else:
                    state[name] = read
    return state


def meta_tensors(files: Iterable[WeightFile], names: Callable[[str], bool]) -> State:
    """The same as `read_tensors`, without numbers: shapes on torch's meta device."""
    import torch  # heavy; only the engine process pays for it

    return {
        name: torch.empty(tensor.shape, device="meta")
        for weights in files
        for name, tensor in weights.tensors.items()
        if names(name)
    }


def changed(path: Path) -> Exception:
    return unsafe(path, "has changed on disk since it was looked at", "Start the job again.")


def _read_tensor(file: BinaryIO, path: Path, tensor: TensorInfo, dtype: torch.dtype) -> torch.Tensor:
    if tensor.pieces:
        return _put_together(file, path, tensor, dtype)
    numbers = _bytes_of(file, path, tensor)
    if tensor.dtype not in FLOATS and tensor.dtype not in WHOLE:
        return packed.read(numbers, tensor)
    shape = tensor.shape[::-1] if tensor.kept is Kept.TRANSPOSED else tensor.shape
    stored = numbers.view(_torch_dtype(tensor.dtype)).reshape(shape)
    if tensor.scale is not None:
        scale = _read_tensor(file, path, tensor.scale, _torch_dtype("F32"))
        stored = stored.to(scale.dtype) * scale.reshape(())
    if tensor.kept is Kept.LESS_ONE:
        stored = stored - 1  # before it is rounded
    stored = stored.to(dtype) if stored.is_floating_point() else stored
    return _as_the_class_has_it(stored, tensor.kept)


def _put_together(file: BinaryIO, path: Path, tensor: TensorInfo, dtype: torch.dtype) -> torch.Tensor:
    import torch  # heavy; only the engine process pays for it

    own = torch.float32 if tensor.kept is Kept.PRODUCT else dtype
    read = [_read_tensor(file, path, piece, own) for piece in tensor.pieces]
    plain = [packed.unpacked(piece, dtype) if packed.is_packed(piece) else piece for piece in read]
    if tensor.kept is Kept.PRODUCT:
        up, down = (piece.flatten(1) for piece in plain)
        return (up @ down).reshape(tensor.shape).to(dtype)
    return torch.stack(plain, dim=2) if tensor.kept is Kept.STACKED else torch.cat(plain)


def _as_the_class_has_it(stored: torch.Tensor, kept: Kept) -> torch.Tensor:
    import torch  # heavy; only the engine process pays for it

    if kept is Kept.SWAPPED:
        return torch.cat(stored.chunk(2)[::-1])
    if kept is Kept.WOVEN:
        return packed.unwoven(stored)
    return stored.t().contiguous() if kept is Kept.TRANSPOSED else stored


def _bytes_of(file: BinaryIO, path: Path, tensor: TensorInfo) -> torch.Tensor:
    """The tensor's bytes, in memory of their own."""
    import torch  # heavy; only the engine process pays for it

    numbers = torch.empty(tensor.end - tensor.start, dtype=torch.uint8)
    space = memoryview(numbers.numpy())  # type: ignore[arg-type]
    file.seek(tensor.start)
    filled = 0
    while filled < len(space):
        count = file.readinto(space[filled:])  # type: ignore[attr-defined]  # raw files have it
        if not count:
            raise unsafe(path, "was cut while it was read", "Get it again from its source.")
        filled += count
    return numbers


def _torch_dtype(name: str) -> torch.dtype:
    import torch  # heavy; only the engine process pays for it

    return {
        "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
        "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
        "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
        "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8, "BOOL": torch.bool,
    }[name]  # fmt: skip


def build_empty(make: Callable[[], Any], what: str) -> Any:
    """The network that `make` builds, its parameters on the meta device: any size costs nothing.

    Raises `UnsupportedModel` where the configuration makes no network.
    """
    from accelerate import init_empty_weights  # imports torch

    try:
        with init_empty_weights(include_buffers=False):
            return make()
    except Exception as error:  # a stranger's configuration fails inside the library in any way it likes
        cause = f"{type(error).__name__}: {str(error)[:200]}"
    raise UnsupportedModel(
        f"The {what} is not a usable model: its configuration makes no network ({cause}). "
        "Get the model again from its source."
    )


def check_fits(network: Any, state: Mapping[str, torch.Tensor], what: str, path: Path) -> None:
    """Raises `UnsupportedModel` where names or shapes differ from the network's, naming the first."""
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    if expected == found:
        return
    missing, extra = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    wrong = sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name])
    if missing:
        cause = f"{len(missing)} tensors are missing, first {missing[0][:100]}"
    elif wrong:
        cause = f"{wrong[0][:100]} has shape {found[wrong[0]]} instead of {expected[wrong[0]]}"
    else:
        cause = f"{len(extra)} tensors are unknown, first {extra[0][:100]}"
    raise UnsupportedModel(
        f"The {what} in {path.name} does not fit its architecture: {cause}. "
        "Get the model again from its source.",
        path=str(path),
    )


def fill(network: Any, state: State, device: torch.device) -> Any:
    """`network` with the tensors of `state`, ready for inference on `device`."""
    packing.pack_all(state, packing.packable(network))
    packed.put_in(network, state)
    packing.put_in(network, state)
    network.load_state_dict(state, strict=True, assign=True)
    return network.to(device).eval().requires_grad_(False)


def count_not_finite(tensors: Iterable[torch.Tensor]) -> int:
    """How many numbers are NaN or infinite."""
    import torch  # heavy; only the engine process pays for it

    # One such number spoils the sum, which is ten times faster to make than to look at every number.
    plain = (
        packed.unpacked(tensor, torch.float32) if packed.is_packed(tensor) else tensor for tensor in tensors
    )
    suspects = [tensor for tensor in plain if not tensor.sum(dtype=torch.float32).isfinite()]
    return sum(int((~torch.isfinite(tensor)).sum()) for tensor in suspects)
