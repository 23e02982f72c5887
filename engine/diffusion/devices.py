"""Where the networks run: device, number format, threads; and what was true there, for the recipe."""

from __future__ import annotations

import os
import platform
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.api.errors import BadRequest
from engine.api.recipe import Environment
from engine.api.request import Speed

if TYPE_CHECKING:
    import torch

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}
"""Read by the libraries when they are imported, so set before. The last makes CUDA's sums repeatable."""


def go_offline() -> None:
    """Nothing is asked of the internet. Call before the first import of torch, diffusers or transformers."""
    os.environ.update(OFFLINE)


@cache
def prepare_torch() -> None:
    """Once a process: offline, repeatable, one core left for the window, libraries that do not chatter."""
    go_offline()
    import diffusers
    import torch
    import transformers

    torch.set_num_threads(thread_count())
    if torch.cuda.is_available():
        torch.use_deterministic_algorithms(True, warn_only=True)  # the processor's sums are repeatable anyway
        # a help for finding bugs, and slow
        torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    # torchsde compares float32 ends of its interval with float64 ones; the difference is one rounding.
    warnings.filterwarnings("ignore", message="Should have t[ab]", module="torchsde")
    # Their bars go to stderr, and their advice is for programmers; errors are raised, not logged.
    diffusers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()


def thread_count() -> int:
    """All cores but one, so that the pen never waits; at least one. `OMP_NUM_THREADS` may ask for fewer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(max(1, cores - 1), int(asked)) if asked.isdigit() and int(asked) > 0 else max(1, cores - 1)


def choose_device(name: str = "auto") -> torch.device:
    """The device called `name`; for `auto` the first of `devices_here`.

    Raises `BadRequest` where it is not here.
    """
    prepare_torch()
    import torch

    here = devices_here()
    wanted = {"auto": here[0], "cuda": "cuda:0"}.get(name, name)
    if wanted not in here:
        raise BadRequest(
            "device", f"{name[:40]!r} is not here; choose one of: {', '.join(here)}, or auto for the fastest"
        )
    return torch.device(wanted)


def devices_here() -> list[str]:
    """torch's names of what networks can run on here, the fastest first; the processor is always the last."""
    import torch

    cards = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return [*(cards if torch.cuda.is_available() else []), *apple, "cpu"]


def dtype_for(speed: Speed, device: torch.device) -> torch.dtype:
    """Exact: full precision on the processor, on a GPU the 16 bits that models are published in."""
    import torch

    if speed is not Speed.EXACT:
        return fast_dtype(device)
    return torch.float16 if device.type == "cuda" else torch.float32


def fast_dtype(device: torch.device) -> torch.dtype:
    """The format of all but `Speed.EXACT`: bfloat16 where the device computes in it, else float32."""
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device.type == "cpu" and has_bf16_instructions() else torch.float32


@cache
def has_bf16_instructions() -> bool:
    """Without AVX512-BF16 or AMX (or Arm's BF16) a processor emulates bfloat16, slower than float32."""
    import torch

    ask = getattr(torch.cpu, "get_capabilities", dict)  # older torches do not say, and get float32
    capabilities = ask()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def device_title(device: torch.device) -> str:
    """The hardware's name, for people."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return processor_title()


@cache
def processor_title() -> str:
    names = Path("/proc/cpuinfo")
    if names.exists():
        for line in names.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def free_bytes(device: str) -> int:
    """Memory that is free on `device`; 0 where it cannot be told."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.mem_get_info(device)[0]
    try:
        with Path("/proc/meminfo").open() as lines:
            kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
        return int(kilobytes) * 1024
    except (OSError, StopIteration):
        return 0


def environment(device: torch.device | None = None, dtype: torch.dtype | None = None) -> Environment:
    """What besides the request decides the last bits, as it is in this process."""
    device = device or choose_device()
    import diffusers
    import torch
    import transformers

    return Environment(
        lienzo=engine.__version__,
        torch=torch.__version__,
        diffusers=diffusers.__version__,
        transformers=transformers.__version__,
        device=f"{device} ({device_title(device)})",
        dtype=str(dtype or torch.float32).removeprefix("torch."),
        threads=torch.get_num_threads(),
    )
