"""The blocks of a worn LoRA: read when asked for, weighed, kept, and said where they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from main_windows import main_window
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from safetensors.torch import save_file
from studios import PATIENCE_MS

from desktop.state.studio import Studio
from engine.api.learnt import Lora
from engine.library.folders import models_folder
from engine.models.named.learnt import _base_shapes


@pytest.fixture
def window(qtbot):
    with main_window(qtbot) as window:
        yield window


def lora_for(studio: Studio, path: Path) -> Path:
    """One that changes a layer of each block of the starter that attends."""
    info = studio.models.get("starter")
    assert info is not None
    shapes = _base_shapes(info)["unet"]
    state = {}
    for name, (rows, columns) in ((name, shape) for name, shape in shapes.items() if len(shape) == 2):
        if name.endswith("attentions.0.transformer_blocks.0.attn1.to_q"):
            state[f"unet.{name}.lora_A.weight"] = torch.zeros(1, columns)
            state[f"unet.{name}.lora_B.weight"] = torch.zeros(rows, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)
    return path


def test_a_slider_for_each_block_that_it_changes(window, qtbot):
    studio, panel = window.studio, window.side.learnt
    qtbot.waitUntil(lambda: studio.models.get("starter") is not None, timeout=PATIENCE_MS)
    studio.choose_model("starter")
    lora_for(studio, models_folder() / "ink.safetensors")
    studio.wearing.wear("ink", 0.8)
    (row,) = panel.rows
    assert row.blocks.sliders == {}  # nothing is read before it is asked for
    qtbot.mouseClick(row.blocks.fold.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(row.blocks.sliders), timeout=PATIENCE_MS)
    first, *_, last = row.blocks.sliders
    assert first.startswith("down_blocks") and last.startswith("up_blocks")
    field = row.blocks.sliders[last].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert studio.generation.loras == (Lora("ink", 0.8, {last: 0.25}),)
    assert "1 changed" in row.blocks.fold.button.text()
    studio.wearing.wear("ink", 0.5)  # its weight is another thing
    assert studio.generation.to_request().loras == (Lora("ink", 0.5, {last: 0.25}),)
    studio.generation.restore_draft(studio.generation.to_draft())
    assert studio.generation.loras == (Lora("ink", 0.5, {last: 0.25}),)
    every, inward, _ = row.blocks.findChildren(QPushButton)
    qtbot.mouseClick(inward, Qt.MouseButton.LeftButton)
    assert row.blocks.sliders[last].value() == 0 and row.blocks.sliders[first].value() == 1
    qtbot.mouseClick(every, Qt.MouseButton.LeftButton)
    assert studio.generation.loras == (Lora("ink", 0.5),) and row.blocks.sliders[last].value() == 1
    assert row.blocks.fold.button.text() == "Blocks"


def test_what_cannot_be_read_is_said_in_its_place(window, qtbot):
    studio, panel = window.studio, window.side.learnt
    qtbot.waitUntil(lambda: studio.models.get("starter") is not None, timeout=PATIENCE_MS)
    studio.choose_model("starter")
    studio.wearing.wear("gone", 0.8)
    (row,) = panel.rows
    qtbot.mouseClick(row.blocks.fold.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "gone" in row.blocks.note.text(), timeout=PATIENCE_MS)
    assert row.blocks.sliders == {}
