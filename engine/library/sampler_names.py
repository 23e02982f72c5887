"""Our scheduler ids beside the names A1111 writes into pictures, both ways."""

from __future__ import annotations

from typing import NamedTuple


class SamplerName(NamedTuple):
    sampler: str
    schedule: str = ""
    """"Schedule type"; empty where A1111's automatic choice is the same."""


NAMES: dict[str, SamplerName] = {
    "ddim": SamplerName("DDIM"),
    "ddim_sgm": SamplerName("DDIM", "SGM Uniform"),
    "euler": SamplerName("Euler"),
    "euler_sgm": SamplerName("Euler", "SGM Uniform"),
    "euler_a": SamplerName("Euler a"),
    "dpmpp_2m": SamplerName("DPM++ 2M", "Uniform"),
    "dpmpp_2m_karras": SamplerName("DPM++ 2M", "Karras"),
    "dpmpp_sde": SamplerName("DPM++ SDE", "Uniform"),
    "unipc": SamplerName("UniPC"),
    "lms": SamplerName("LMS"),
    "heun": SamplerName("Heun"),
    "ddpm": SamplerName("DDPM"),
    "lcm": SamplerName("LCM"),
}

SIMPLE = (("euler", "euler"), ("euler a", "euler_a"), ("lms", "lms"), ("heun", "heun"))
"""Samplers whose automatic schedule is the uniform one."""

BY_NAME: dict[tuple[str, str], str] = {
    **{(name.sampler.lower(), name.schedule.lower()): id for id, name in NAMES.items()},
    # A1111 before 1.9 has the schedule inside the sampler's name, and none means uniform.
    ("dpm++ 2m", ""): "dpmpp_2m",
    ("dpm++ 2m karras", ""): "dpmpp_2m_karras",
    ("dpm++ 2m", "automatic"): "dpmpp_2m_karras",
    ("dpm++ sde", ""): "dpmpp_sde",
    ("ddim", "automatic"): "ddim",
    ("unipc", "automatic"): "unipc",
    ("lcm", "automatic"): "lcm",
    **{(name, "automatic"): id for name, id in SIMPLE},
    **{(name, "uniform"): id for name, id in SIMPLE},
    # Other programs' own ids.
    ("euler_ancestral", ""): "euler_a",
    ("k_euler", ""): "euler",
    ("k_euler_a", ""): "euler_a",
    ("k_euler_ancestral", ""): "euler_a",
    ("k_lms", ""): "lms",
    ("k_heun", ""): "heun",
    ("k_dpmpp_2m", ""): "dpmpp_2m",
    ("k_dpmpp_sde", ""): "dpmpp_sde",
    ("dpmpp_2m_k", ""): "dpmpp_2m_karras",
    ("dpmpp_2m", "normal"): "dpmpp_2m",
    ("dpmpp_2m", "karras"): "dpmpp_2m_karras",
    ("dpmpp_sde", "normal"): "dpmpp_sde",
    ("euler", "normal"): "euler",
    ("euler_ancestral", "normal"): "euler_a",
    ("heun", "normal"): "heun",
    ("lms", "normal"): "lms",
    ("ddim", "ddim_uniform"): "ddim",
    ("ddim", "normal"): "ddim",
    ("uni_pc", "normal"): "unipc",
    ("uni_pc", ""): "unipc",
    ("lcm", "sgm_uniform"): "lcm",
    ("euler", "sgm_uniform"): "euler_sgm",
    ("ddim", "sgm_uniform"): "ddim_sgm",
    **{(id, ""): id for id in NAMES},
}  # fmt: skip


def scheduler_id(sampler: str, schedule: str = "") -> str | None:
    """Ours for a sampler (and schedule) as other programs name them, or None."""
    return BY_NAME.get((sampler.strip().lower(), schedule.strip().lower()))
