"""What this machine has for Lienzo, what is wrong with it, and how to mend that."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import engine
from engine.api.errors import BadRequest, CannotSave, EngineError
from engine.display import problem_with_window
from engine.library import folders
from engine.library.names import DEFAULT_TEMPLATE, example_name
from engine.library.save import save_bytes
from engine.models.catalog import Catalog

LEAST_FREE_DISK = 1 << 30
LEAST_FREE_MEMORY = 2 << 30
LIBRARIES = ("torch", "diffusers", "transformers", "safetensors", "PySide6-Essentials", "Pillow", "numpy")
NOT_BESIDE_US = {
    "kernels": "it downloads code and runs it",
    "xformers": "it changes the pictures' last bits from run to run",
}


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True)
class Problem:
    what: str
    mend: str
    """What to do about it."""
    is_minor: bool = False
    """True where Lienzo works all the same."""


@dataclass(frozen=True)
class Report:
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]

    @property
    def is_well(self) -> bool:
        return all(problem.is_minor for problem in self.problems)


def examine(
    library: Path,
    model_folders: Sequence[Path] = (),
    device: str = "auto",
    name_template: str = DEFAULT_TEMPLATE,
) -> Report:
    """Look at everything. Imports torch only where there may be a GPU to ask about (seconds)."""
    found = [
        *versions(), *hardware(device), *library_folder(library), *own_folders(),
        *names(name_template), *models(model_folders), *window(),
    ]  # fmt: skip
    return Report(
        tuple(item for item in found if isinstance(item, Fact)),
        tuple(item for item in found if isinstance(item, Problem)),
    )


Found = Iterator[Fact | Problem]


def versions() -> Found:
    yield Fact("Lienzo", f"{engine.__version__} in {Path(engine.__file__).parent.parent}")
    yield Fact("Python", f"{platform.python_version()} on {platform.platform()}")
    for name in LIBRARIES:
        try:
            yield Fact(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Problem(
                f"{name} is not installed.",
                f'Install it: {sys.executable} -m pip install "{name}"',
                is_minor=name == "PySide6-Essentials",  # only the window needs it
            )
    for name, reason in NOT_BESIDE_US.items():
        if _is_installed(name):
            yield Problem(
                f"{name} is installed: {reason}.",
                f"Remove it: {sys.executable} -m pip uninstall {name}",
                is_minor=name != "kernels",
            )
    yield Fact("SQLite", sqlite3.sqlite_version)


def hardware(device: str) -> Found:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = memory_bytes()
    if may_have_gpu() or device != "auto":
        yield from _torch_device(device)
    else:
        from engine.diffusion.devices import processor_title, thread_count

        yield Fact("Device", f"cpu ({processor_title()})")
        yield Fact("Threads", f"{thread_count()} of {cores} cores")
    if memory is None:
        return
    total, free = memory
    yield Fact("Memory", f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB")
    if free < LEAST_FREE_MEMORY:
        yield Problem(
            f"Only {free / 1e9:.1f} GB of memory are free.",
            "Close other programs; large pictures and models may fail.",
            is_minor=True,
        )


def _torch_device(device: str) -> Found:
    from engine.diffusion import devices

    try:
        chosen = devices.choose_device(device)
    except BadRequest as error:
        yield Problem(f"The device in the preferences, {error.reason}.", "Choose it there, or say --device.")
        chosen = devices.choose_device()
    yield Fact("Device", f"{chosen} ({devices.device_title(chosen)})")
    yield Fact("Threads", str(devices.thread_count()))
    if chosen.type == "cpu" and may_have_gpu() and sys.platform == "linux":
        yield Problem(
            "The driver of a graphics card is loaded, but this torch cannot use it.",
            "Install the torch that is built for it (https://pytorch.org/get-started), or a newer driver.",
            is_minor=True,
        )


def may_have_gpu() -> bool:
    """Without asking torch, which costs seconds: a driver that is loaded, or a Mac."""
    return sys.platform in ("darwin", "win32") or any(
        Path(path).exists() for path in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
    )


def library_folder(library: Path) -> Found:
    yield Fact("Library", str(library))
    yield from _folder_problems("library folder", library, "Choose another in the preferences.")


def own_folders() -> Found:
    try:
        kept = {folders.data_folder(), folders.config_folder(), folders.cache_folder(), folders.log_folder()}
    except CannotSave as error:
        yield Problem(error.message, "Then start again.")
        return
    yield Fact("Settings", str(folders.settings_file()))
    yield Fact("Log", str(folders.log_folder()))
    for folder in sorted(kept):
        yield from _folder_problems("folder", folder, "Make it writable, or set LIENZO_HOME to another.")


def names(template: str) -> Found:
    try:
        yield Fact("File names", example_name(template))
    except BadRequest as error:
        yield Problem(
            f"The template for file names, {template[:60]!r}, {error.reason}.",
            "Change it in the preferences.",
        )


def _folder_problems(name: str, folder: Path, mend: str) -> Found:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        yield Problem(f"The {name} {folder} cannot be made: {existing} is a file.", mend)
        return
    probe = existing / ".lienzo-doctor"
    try:
        save_bytes(probe, b"Lienzo's doctor was here")
        probe.unlink()
    except (CannotSave, OSError) as error:
        cause = error.data.get("cause") if isinstance(error, CannotSave) else error.strerror
        yield Problem(f"The {name} {folder} cannot be written to: {cause}.", mend)
        return
    free = shutil.disk_usage(existing).free
    if name == "library folder":
        yield Fact("Free space", f"{free / 1e9:.1f} GB")
    if free < LEAST_FREE_DISK:
        yield Problem(
            f"Only {free / 1e6:.0f} MB are free where the {name} is.", "Free some space on that disk."
        )


def models(model_folders: Sequence[Path]) -> Found:
    catalog = Catalog(model_folders)
    try:
        infos = catalog.infos()
    except EngineError as error:
        yield Problem(f"A model that ships with Lienzo is damaged: {error.message}", "Install Lienzo again.")
        return
    yield Fact("Models", ", ".join(info.name for info in infos))
    for folder in model_folders:
        if not folder.is_dir():
            yield Problem(
                f"The model folder {folder} is not there.",
                "Connect its disk, or take it out of the preferences.",
                is_minor=True,
            )
    for path, reason in catalog.broken():
        yield Problem(
            f"{path} cannot be used: {reason}", "Get it again, or move it elsewhere.", is_minor=True
        )


def window() -> Found:
    problem = problem_with_window()
    if not problem:
        yield Fact("Window", "can open")
    elif problem.startswith("There is no display"):
        yield Fact("Window", "no display here; the command line works")
    else:
        yield Problem(problem, "The command line works without them.")


def memory_bytes() -> tuple[int, int] | None:
    """Total and available; None where the system does not say it in a file."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return int(lines["MemTotal"].split()[0]) * 1024, int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
