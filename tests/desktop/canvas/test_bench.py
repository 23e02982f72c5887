"""The bench: how each tool is set, from start to start."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.tools.workbench import Workbench

# the bench


def test_each_tool_remembers_how_it_was_set(qtbot: QtBot, bench: Workbench):
    bench.set_size(33)
    bench.take_up("eraser")
    bench.set_size(77)
    bench.take_up("brush")
    assert bench.options().size == 33
    bench.background = "#123456"
    bench.keep()
    again = Workbench(bench._settings)
    assert again.tool_id == "brush" and again.options("eraser").size == 77 and again.background == "#123456"


@pytest.mark.parametrize(
    "kept",
    [None, 3, {"tool": "nothing", "options": 5}, {"options": {"brush": {"size": "x"}, "nobody": {}}},
     {"options": {"brush": {"size": 1e9}}},
     {"curve": [[0, 5]], "foreground": "no colour", "recent": [None, "#fff"]}],
)  # fmt: skip
def test_what_cannot_be_remembered_is_as_at_first(qtbot: QtBot, bench: Workbench, kept: object):
    settings = bench._settings
    settings.remember_panel("tools", kept)
    again = Workbench(settings)
    assert 1 <= again.options("brush").size <= 2000 and again.tool_id in ("move", "brush")


def test_sizes_step_as_one_expects(bench: Workbench):
    bench.set_size(3)
    sizes: list[float] = []
    for _ in range(36):
        bench.step_size(1)
        sizes.append(bench.options().size)
    assert sizes == sorted(set(sizes)) and sizes[0] == 4 and sizes[-1] > 500
