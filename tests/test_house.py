"""What is true of the tree: who may import whom, where torch is, who may write files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for room in ("engine", "desktop") for path in (ROOT / room).rglob("*.py"))
SAVE = ROOT / "engine" / "library" / "save.py"

TORCH_FREE = [
    "engine.api.wire", "engine.library.pictures", "engine.library.journal", "engine.models.catalog",
    "engine.models.words.tokens", "engine.families", "engine.cli", "engine.doctor",
    "engine.display", "engine.diffusion.schedulers",
    "desktop.bridge.engine_thread", "desktop.state.studio", "desktop.window", "desktop.app",
]  # fmt: skip


def test_imports_go_down_only():
    """The layers in pyproject.toml, held by import-linter."""
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


IMPORTING = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    if {"torch", "diffusers"} & sys.modules.keys():
        sys.exit(module)
"""


def test_importing_costs_no_torch():
    result = subprocess.run(
        [sys.executable, "-c", IMPORTING, *TORCH_FREE], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def nodes_of(path: Path, words: str) -> Iterator[ast.AST]:
    """Of a file that has one of `words` (an expression); most have none, and need not be parsed."""
    text = path.read_text("utf-8")
    return ast.walk(ast.parse(text)) if re.search(words, text) else iter(())


def test_the_engine_has_no_qt_and_the_desktop_no_torch():
    for path in SOURCES:
        room = path.relative_to(ROOT).parts[0]
        foreign = {"engine": {"PySide6"}, "desktop": {"torch", "diffusers", "transformers"}}[room]
        for node in nodes_of(path, "|".join(foreign)):
            names = imported(node)
            if room == "engine" and path.name == "doctor.py":
                names -= {"PySide6"}  # the doctor looks whether the window could open
            assert not names & foreign, f"{path.relative_to(ROOT)}:{node.lineno} imports {names & foreign}"


@pytest.mark.parametrize("room", ["state", "tools", "raster", "bridge"])
def test_what_the_app_knows_and_does_needs_no_widget(room: str):
    for path in (ROOT / "desktop" / room).rglob("*.py"):
        for node in nodes_of(path, "QtWidgets"):
            is_widgets = isinstance(node, ast.ImportFrom) and node.module == "PySide6.QtWidgets"
            assert not is_widgets, f"{path.relative_to(ROOT)}:{node.lineno} imports widgets"


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module.split(".")[0]}
    return set()


WRITERS = {"write_text", "write_bytes", "save", "save_file", "imsave", "touch"}
WRITE_MODES = set("wax+")


def test_only_the_save_function_writes_files():
    offences = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if path != SAVE
        for line in lines_that_write(path)
    ]
    assert not offences, offences


def lines_that_write(path: Path):
    """Calls that look like saving: `open(..., "w")`, `x.write_text(...)`, `image.save(path)`.

    `save` into memory is allowed: a first argument that is a name ending in `buffer` or `memory`.
    A line may carry the comment `saves:` with the reason why it does not write a user's file.
    """
    text = path.read_text("utf-8")
    for node in nodes_of(path, "|".join([*WRITERS, "open"])):
        if not isinstance(node, ast.Call) or not writes(node):
            continue
        if "# saves:" not in text.splitlines()[node.lineno - 1]:
            yield node.lineno


def writes(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in ("open", "fdopen"):
        return opens_for_writing(call)
    if name == "save" and call.args:
        first = call.args[0]
        target = first.id if isinstance(first, ast.Name) else ""
        in_memory = ast.unparse(function) == "safetensors.torch.save"  # gives bytes; save_file writes
        return not in_memory and not target.endswith(("buffer", "memory"))
    return name in WRITERS - {"save"}


def opens_for_writing(call: ast.Call) -> bool:
    method = isinstance(call.func, ast.Attribute) and not is_module(call.func)
    position = 0 if method else 1
    mode = next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), None)
    if mode is None and len(call.args) > position:
        mode = call.args[position]
    return (
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & WRITE_MODES)
    )


def is_module(function: ast.Attribute) -> bool:
    """True for `io.open(path, mode)` and `os.open`, whose mode comes second."""
    return isinstance(function.value, ast.Name) and function.value.id in ("io", "os", "gzip", "codecs")


def test_the_writing_rule_sees_what_it_forbids(tmp_path: Path):
    bad = tmp_path / "bad.py"
    lines = ["open(p, 'w')", "p.open('wb')", "p.write_text('x')", "image.save(path)", "io.open(p, mode='a')"]
    bad.write_text("\n".join(lines))
    assert list(lines_that_write(bad)) == [1, 2, 3, 4, 5]
    good = tmp_path / "good.py"
    good.write_text("open(p)\np.open('rb')\nimage.save(buffer, 'PNG')\nmethod.save()")
    assert not list(lines_that_write(good))


UNPICKLE = ROOT / "engine" / "models" / "pickles" / "unpickle.py"
FORBIDDEN = {"eval", "exec", "compile"}


def test_no_drop_down_list_is_changed_by_who_only_scrolls_past_it():
    """`Choice` leaves the wheel to the panel."""
    plain = [path for path in SOURCES if "= QComboBox(" in path.read_text("utf-8")]
    assert plain == []


def test_nothing_evaluates_text_or_loads_pickles():
    for path in SOURCES:
        for node in nodes_of(path, r"(?<![\w.])(?:eval|exec|compile)\b|pickle|marshal|shelve|torch\.load"):
            assert not imported(node) & {"pickle", "marshal", "shelve"}, path
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            assert name not in FORBIDDEN, f"{path}:{node.lineno} calls {name}()"
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                called = f"{node.func.value.id}.{node.func.attr}"
                forbidden = {"torch.load", "pickle.load", "pickle.loads"}
                if path == UNPICKLE:  # in a process of its own, and with weights_only=True
                    forbidden -= {"torch.load"}
                    assert called != "torch.load" or "weights_only=True" in ast.unparse(node)
                assert called not in forbidden, f"{path}:{node.lineno}"


def test_no_package_that_breaks_us_is_installed():
    """`kernels` downloads code; torchvision does not work beside a CPU build of torch."""
    from importlib.util import find_spec

    assert find_spec("kernels") is None
    assert find_spec("torchvision") is None
