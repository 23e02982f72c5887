"""`kill -9`, a full disk, a size limit in the middle of saving: the old file stays as it was, to the byte."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ora_files import random_state, told

from desktop.state.document_file.ora_read import open_ora
from desktop.state.document_file.ora_write import save_ora
from engine.library.save import sweep

TESTS = Path(__file__).parents[3]
KILLS = 5
SAVE = """
import sys
from ora_files import random_state
from desktop.state.document_file.ora_write import save_ora
from engine.api.errors import CannotSave
path, seeds = sys.argv[1], [int(seed) for seed in sys.argv[2:]]
states = [random_state(seed) for seed in seeds]
print("on", flush=True)
"""
FOREVER = """
while True:
    for state in states:
        save_ora(path, state)
"""
ONCE = """
try:
    save_ora(path, states[0])
except CannotSave as error:
    print(error.data["cause"])
"""


def child(code: str, *words: str, before=None, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [*prefix, sys.executable, "-c", SAVE + code, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=before)


def test_no_kill_leaves_anything_but_a_whole_document(tmp_path: Path):
    """Two documents are saved over each other; whatever the kill left is one of them, to the last value."""
    path, chance = tmp_path / "work.ora", random.Random(1)
    wholes = []
    for seed in (3, 4):
        state = random_state(seed)
        save_ora(path, state)
        wholes.append(told(without_ids(state)))
    for _ in range(KILLS):
        process = child(FOREVER, str(path), "3", "4")
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == "on\n"
            time.sleep(chance.random() * 0.3)  # the moment of the kill is the thing under test
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert told(without_ids(open_ora(path).state)) in wholes
    left = [entry.name for entry in tmp_path.glob("*.part")]
    assert sweep(tmp_path) == len(left)


def without_ids(state):
    """Ids are drawn anew in every process."""
    from dataclasses import replace

    from desktop.state.document.layers import Group, ResultLayer

    def bare(layer):
        if isinstance(layer, Group):
            return replace(layer, id="", children=tuple(map(bare, layer.children)))
        if isinstance(layer, ResultLayer):
            return replace(layer, id="", variants=tuple(replace(v, id="") for v in layer.variants))
        return replace(layer, id="")

    shelf = tuple(replace(mask, id="") for mask in state.shelf)
    return replace(state, root=bare(state.root), shelf=shelf, active_id="")


def test_a_limit_on_file_size_keeps_the_old_file(tmp_path: Path):
    folder = tmp_path / "documents"
    folder.mkdir()
    path = folder / "old.ora"
    path.write_bytes(b"precious")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    out, _ = child(ONCE, str(path), "3", before=limit).communicate(timeout=60)
    assert out == "on\nthe file is larger than this disk or account allows\n"
    assert path.read_bytes() == b"precious" and len(list(folder.iterdir())) == 1


def test_a_full_disk_keeps_the_old_file(tmp_path: Path):
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"]).returncode:
        pytest.skip("this system lets nobody mount a small disk of their own (unshare -rm)")
    script = (
        'mount -t tmpfs -o size=40k none "$0" && printf precious > "$0/old.ora" && "$@" && '
        'cat "$0/old.ora" && ls "$0"'
    )
    disk = tmp_path / "disk"
    disk.mkdir()
    prefix = ("unshare", "-rm", "sh", "-c", script, str(disk))
    out, _ = child(ONCE, str(disk / "old.ora"), "3", prefix=prefix).communicate(timeout=60)
    assert out == "on\nthe disk is full\npreciousold.ora\n"
