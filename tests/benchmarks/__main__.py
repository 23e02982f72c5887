"""`python tests/benchmarks [startup ... | gpu | levels | leaks | ...] [--json FILE]`: our promises, measured.

Each part compares within one run, since machines are shared: read the ratios, not the seconds. `results/`
holds what came out where and when; beside each part stands how busy the machine was when it began.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import as_json, table

PARTS = (
    "startup", "drawing", "responsiveness", "painting", "canvas", "heavy_tools", "documents", "editing",
    "models", "prompts",
)  # fmt: skip
PACKAGES = ("torch", "diffusers", "PySide6-Essentials", "numpy")
ON_REQUEST = ("gpu", "levels", "leaks", "training", "teaching", "gallery")
"""Parts that need what most machines lack, or minutes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *ON_REQUEST, []], default=[])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = {}
    for part in arguments.parts or PARTS:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        measured = importlib.import_module(part).measure()
        figures[part] = {"load_at_start": round(load, 2), "figures": as_json(measured)}
        print(table(f"{part} (load {load:.2f})", measured), flush=True)  # noqa: T201
    if arguments.json:
        form = {"date": datetime.date.today().isoformat(), "machine": machine(), "parts": figures}
        arguments.json.write_text(json.dumps(form, indent=1), "utf-8")


def machine() -> dict[str, str | int | None]:
    """What the figures hang on; nobody's names."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{
            name: version(name)
            for name in ("torch", "diffusers", "PySide6-Essentials", "numpy")
            if is_here(name)
        },
    }


def is_here(package: str) -> bool:
    """The GPU part runs without Qt."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def processor() -> str:
    """Its name where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
