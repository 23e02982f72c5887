"""A pickle checkpoint made into safetensors, in a process of its own: the only way in which one is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import engine
from engine.api.errors import BadRequest, ModelNotFound, UnsafeFile
from engine.api.model_file import ModelFile
from engine.checkpoints.foreign_files import open_regular, unsafe
from engine.models.headers.files import what_it_seems
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe

MOST_MEMBERS = 100_000
LOOK_SECONDS = 0.2


def convert(
    source: Path, target: Path | None = None, is_cancelled: Callable[[], bool] = lambda: False
) -> ModelFile | None:
    """What the new file is: `target`, or `source` with the suffix `.safetensors`. The old one stays.

    None where it was cancelled, and then nothing is written. Raises `BadRequest` where the target is there
    already or the source is no pickle, `ModelNotFound`, and `UnsafeFile` where it holds more than weights.
    """
    target = target or source.with_suffix(".safetensors")
    check(source, target)
    answer = _in_a_process_of_its_own(source, target, is_cancelled)
    if answer is None:
        return None
    if "error" in answer:
        raise unsafe(
            source, f"was not converted: {answer['error']}",
            "Get the model as safetensors; most makers offer both.",
        )  # fmt: skip
    made = describe(place_of(target))
    if made.problem:
        raise UnsafeFile(made.problem, path=str(target))
    return made


def check(source: Path, target: Path) -> None:
    """All that can be known before the process is started."""
    if not source.exists():
        raise ModelNotFound(f"There is no file {source}. Choose another.", path=str(source))
    with open_regular(source) as file:
        start = file.read(64) or b""
    if start[8:9] == b"{":
        raise BadRequest("file", f"{source.name} is no pickle but safetensors already; use it as it is")
    kind, next_step = what_it_seems(start)
    if "pickle" not in kind:
        raise unsafe(source, f"is no pickle checkpoint; it seems to be {kind}", next_step)
    if target.exists():
        raise BadRequest("output", f"{target} is there already; choose another name")
    if not target.parent.is_dir():
        raise BadRequest("output", f"there is no folder {target.parent}")
    if start.startswith(b"PK"):
        _check_archive(source)


def _check_archive(source: Path) -> None:
    """torch writes its archives uncompressed: what would grow when it is read is no checkpoint."""
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise unsafe(source, "is a damaged archive", "Get it again from its source.") from None
    if len(members) > MOST_MEMBERS or any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise unsafe(source, "is an archive, but not as PyTorch writes them", "Do not use it.")
    if sum(member.file_size for member in members) > source.stat().st_size:
        raise unsafe(source, "would be larger unpacked than it is", "Do not use it.")


def _in_a_process_of_its_own(
    source: Path, target: Path, is_cancelled: Callable[[], bool]
) -> dict[str, object] | None:
    here = str(Path(engine.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    kept = ("PATH", "HOME", "TMPDIR", "TEMP", "SYSTEMROOT", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    command = [
        sys.executable, "-P", "-m", "engine.models.pickles.unpickle",
        str(source.absolute()), str(target.absolute()),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as nowhere, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, cwd=nowhere, env={**environment, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while True:
                try:
                    child.wait(LOOK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    if is_cancelled():
                        return None
        finally:
            child.kill()
            child.wait()
        said.seek(0)
        return _answer(said.read(1 << 20), child.returncode)


def _answer(said: bytes, code: int) -> dict[str, object]:
    try:
        answer = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        answer = None
    if not isinstance(answer, dict):
        return {"error": f"the process that read it ended with code {code}"}
    return answer
