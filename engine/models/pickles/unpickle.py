"""The process that opens a pickle: no network, no programs, bounded memory and time; only tensors come out.

Run as `python -m engine.models.pickles.unpickle FILE OUTPUT`, by `engine.models.pickles.convert` and nobody
else. This is the one place in Lienzo where a pickle is read, and torch's restricted reader
(`weights_only=True`) reads it: that knows tensors, numbers, texts and containers and refuses every other
class. Should it have a hole, what gets through finds neither sockets nor programs.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from engine.library.save import save_written

if TYPE_CHECKING:
    import torch

MEMORY_BESIDE = 24 << 30
"""Bytes of addresses beside three times the file: torch alone maps many that it never touches."""
CPU_SECONDS = 3_600
DEEPEST, MOST_TENSORS = 6, 50_000
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000
"""Linux: `CLONE_NEWNET`, `CLONE_NEWUSER` of sched.h."""

FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "subprocess.Popen",
    "socket.", "ctypes.dlopen", "os.remove", "os.rmdir", "os.truncate", "os.symlink", "os.link", "os.chmod",
    "os.chown", "shutil.", "webbrowser.open", "pty.spawn", "urllib.Request", "ftplib.", "http.", "smtplib.",
)  # fmt: skip
"""Beginnings of Python's audit events that have no business here once the file is being read."""

TRAINERS = (
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
    "pytorch_lightning.utilities.types.LRSchedulerConfig",
    "lightning.pytorch.callbacks.model_checkpoint.ModelCheckpoint",
)
"""What trainers left beside the weights in files of 2022: read as an empty thing, and thrown away."""
NESTS = (
    "state_dict",
    "params_ema",
    "params",
    "model_state_dict",
    "model",
    "ema",
    "weights",
    "string_to_param",
)
"""Where in a checkpoint the weights are, the first that holds tensors counts."""


class LeftOver:
    """Stands for a class that is not known here; keeps nothing."""

    def __setstate__(self, _: object) -> None:
        """Of no interest."""


def main(source: str, target: str) -> NoReturn:
    """Prints one JSON line: what was written, or the reason why nothing was."""
    network = close_network()
    limit(Path(source).stat().st_size)
    import torch  # before the audit: it opens its own libraries

    sys.addaudithook(lambda event, _: refuse(event))
    try:
        tensors = flat(load(torch, Path(source)))
        told = {"format": "pt", **origin(Path(source))}
        save_written(target, lambda file: write(file, tensors, told))
        answer: dict[str, Any] = {"tensors": len(tensors), "network": network}
    except MemoryError:
        answer = {"error": "it needs more memory than a checkpoint of its size should"}
    except Exception as error:  # a stranger's pickle fails in any way it likes
        answer = {"error": reason_of(error)}
    print(json.dumps(answer), flush=True)  # noqa: T201
    os._exit(0)  # nothing of what was read gets a last word


def close_network() -> str:
    """Leave the network: for the system where it lets us, for Python always. Says which."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise OSError("no network in here")

    # still a class: the standard library derives others from it
    socket.socket = type("socket", (socket.socket,), {"__init__": refused})  # type: ignore[misc]
    socket.create_connection = socket.getaddrinfo = refused  # type: ignore[assignment]
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(NEW_USER | NEW_NETWORK) == 0:
            return "none, by the system"
    except (AttributeError, OSError, TypeError):
        pass  # no Linux
    return "none, by Python"


def limit(size: int) -> None:
    try:
        import resource  # Unix
    except ImportError:
        return
    for kind, value in (
        (resource.RLIMIT_AS, 3 * size + MEMORY_BESIDE),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            pass  # a lower limit holds already


def refuse(event: str) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"it tried {event}, which no weights do")


def load(torch: Any, path: Path) -> object:
    torch.serialization.add_safe_globals([(LeftOver, name) for name in TRAINERS])
    return torch.load(path, map_location="cpu", weights_only=True)


def flat(loaded: object) -> dict[str, torch.Tensor]:
    """The tensors by name, those of containers put before theirs. Raises `ValueError` where there is none."""
    inner = loaded
    for nest in NESTS:
        if isinstance(inner, Mapping) and _has_tensors(inner.get(nest)):
            inner = inner[nest]
            break
    found = dict(_tensors(inner, "", 0))
    if not found:
        raise ValueError("it holds no tensors")
    if len(found) > MOST_TENSORS:
        raise ValueError(f"it holds {len(found):,} tensors, and no real model so many")
    if set(found) == {"*"}:  # A1111's embeddings: string_to_param = {"*": vectors}
        return {"emb_params": found["*"]}
    return found


def _has_tensors(value: object) -> bool:
    return next(_tensors(value, "", 0), None) is not None


def _tensors(value: object, name: str, depth: int) -> Iterator[tuple[str, torch.Tensor]]:
    import torch

    if isinstance(value, torch.Tensor):
        if not value.is_sparse and not value.is_quantized:
            yield name or "tensor", value.detach()
    elif isinstance(value, Mapping) and depth < DEEPEST:
        for key, item in value.items():
            if isinstance(key, str):
                yield from _tensors(item, f"{name}.{key}" if name else key, depth + 1)


def origin(path: Path) -> dict[str, str]:
    """What the new file says of the old one."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"lienzo.converted_from": path.name, "lienzo.converted_from_sha256": digest}


def write(file: BinaryIO, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """safetensors, one tensor after the other, so that no second copy of all is needed."""
    import torch

    names = {
        torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
        torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2", torch.int64: "I64", torch.int32: "I32",
        torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
    }  # fmt: skip
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    for name, tensor in tensors.items():
        if tensor.dtype not in names:
            raise ValueError(f"{name[:80]} is of {tensor.dtype}, which safetensors does not know")
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for tensor in tensors.values():
        if tensor.numel():
            file.write(memoryview(tensor.contiguous().reshape(-1).view(torch.uint8).numpy()))  # type: ignore[arg-type]


def reason_of(error: Exception) -> str:
    """In one sentence; torch's own advice (to read it without restrictions) is not passed on."""
    text = str(error)
    if "Unsupported global" in text or "weights_only" in text.lower() or "WeightsUnpickler" in text:
        name = text.partition("GLOBAL ")[2].split(" ")[0][:80]
        return f"it holds {name or 'something'} that is no weight, which could run code"
    return " ".join(text.split())[:200] or type(error).__name__


if __name__ == "__main__":
    main(*sys.argv[1:3])
