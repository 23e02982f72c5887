"""How fast the device could compute, to say which share of it training uses."""

from __future__ import annotations

import time

import torch

from engine.diffusion.devices import fast_dtype

PEAKS = {"H100": 989e12, "H200": 989e12, "GH200": 989e12, "A100": 312e12, "L40": 181e12, "4090": 165e12}
"""bfloat16 matrix operations a second, dense, as the makers state them; by a part of the device's name."""


def prepare(device: torch.device) -> None:
    """Fast arithmetic where it costs no quality; fixed shapes, so cuDNN may try its kernels once."""
    if device.type == "cuda":
        torch.use_deterministic_algorithms(False)  # generating in the same process may have asked for them
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True


def put_on(network: torch.nn.Module, device: torch.device) -> None:
    """Move `network` to `device`, in the order of memory that convolutions like."""
    network.to(device)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # torch's stubs lack it


def peak_flops(device: torch.device) -> float:
    """Operations a second at best: the maker's figure, or what a large product of matrices reaches here.

    In 16 bits where the device computes in them.
    """
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        for part, peak in PEAKS.items():
            if part in name:
                return peak
    return _measured(device)


@torch.no_grad()
def _measured(device: torch.device, side: int = 1024, seconds: float = 0.2) -> float:
    matrix = torch.randn(side, side, device=device).to(fast_dtype(device))
    torch.mm(matrix, matrix)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        torch.mm(matrix, matrix)
        count += 1
    synchronize(device)
    return count * 2 * side**3 / (time.perf_counter() - began)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
