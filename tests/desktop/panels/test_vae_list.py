"""The list of VAEs under the model: what fits is offered, chosen, carried into the request and let go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import diffusers
import pytest
from main_windows import main_window
from studios import PATIENCE_MS
from tiny import tiny_sd

from desktop.panels.model import ModelPanel
from desktop.window import MainWindow
from engine.library.folders import models_folder


@pytest.fixture
def window(qtbot):
    folder: Path = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    tiny_sd(folder / "base")
    diffusers.AutoencoderTiny(latent_channels=4).save_pretrained(folder / "taesd")
    with main_window(qtbot) as window:
        window.studio.choose_model("base")
        qtbot.waitUntil(lambda: bool(window.studio.learnt.vaes), timeout=PATIENCE_MS)
        yield window


def test_a_vae_is_chosen_under_the_model_and_forgotten_with_it(window: MainWindow, qtbot) -> None:
    panel, generation = window.side.model, window.studio.generation
    assert isinstance(panel, ModelPanel)
    words = [panel.vae.itemText(row) for row in range(panel.vae.count())]
    assert words == ["The model's own", "taesd (tiny)"] and panel.vae_row.isVisibleTo(panel)
    panel.vae.setCurrentIndex(1)
    panel.vae.activated.emit(1)
    assert generation.vae == "taesd" and generation.to_request().vae == "taesd"
    request = replace(generation.to_request(), vae="elsewhere")
    generation.apply_request(request)
    assert panel.vae.currentText() == "elsewhere (not here)"
    window.studio.choose_model("toy")
    assert generation.vae == ""
    qtbot.waitUntil(lambda: not panel.vae_row.isVisibleTo(panel), timeout=PATIENCE_MS)
