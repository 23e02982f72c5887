"""The dialog that makes pictures larger: what it proposes, says and asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from main_windows import controls, main_window
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollBar
from studios import PATIENCE_MS, wait_done
from tiny_upscalers import SRVGG, tiny_upscaler

from desktop.gallery.enlarge_dialog import EnlargeDialog
from desktop.panels.amounts import LINKED
from engine.api.upscale import REFINE_STRENGTH, UpscalerInfo
from engine.library.pictures import encode_image
from engine.models.kept.pace import remember_enlarging


def dialog_in(window) -> EnlargeDialog:
    (dialog,) = window.findChildren(EnlargeDialog)
    return dialog


def test_without_a_network_the_filter_is_there_and_says_what_it_does(qtbot):
    with main_window(qtbot) as window:
        window.studio.documents.open_pixels(np.full((24, 16, 3), 60, np.uint8), "sea.png")
        window.chosen.enlarge()
        dialog = dialog_in(window)
        assert dialog.network_chosen() is None and not dialog.refine.isEnabled()  # the toy has no network
        assert "16 × 24 becomes 32 × 48" in dialog.said.text() and "no sharper" in dialog.said.text()
        dialog.scale.set_value(3)
        assert "48 × 72" in dialog.said.text()
        with qtbot.waitSignal(dialog.wanted) as wanted:
            dialog.make.click()
        (wishes,) = wanted.args
        assert (wishes.upscale.scale, wishes.upscale.network, wishes.upscale.refine) == (3, "", False)
        qtbot.waitUntil(lambda: len(window.studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
        wait_done(qtbot, *window.studio.jobs.jobs)


def test_a_network_in_the_folders_is_proposed_and_a_model_may_refine(qtbot, tmp_path: Path):
    tiny_upscaler(tmp_path / "models" / "compact.safetensors", SRVGG)
    (tmp_path / "a.png").write_bytes(encode_image(np.full((24, 16, 3), 60, np.uint8)))
    with main_window(qtbot) as window:
        studio = window.studio
        studio.settings.model_folders = [str(tmp_path / "models")]
        studio.choose_model("starter")
        qtbot.waitUntil(
            lambda: studio.generation.info is not None and studio.generation.info.name == "starter"
        )
        dialog = window.picture_dialogs.enlarge([tmp_path / "a.png"])
        assert dialog.refine.value() is True and dialog.strength.value() == REFINE_STRENGTH
        qtbot.waitUntil(lambda: dialog.network.count() == 2, timeout=PATIENCE_MS)
        dialog.network.setCurrentIndex(0)
        assert dialog.network_chosen().name == "compact" and dialog.refine.value() is False
        dialog.refine.buttons()[1].click()
        dialog.network.setCurrentIndex(1)
        dialog.network.setCurrentIndex(0)
        assert dialog.refine.value() is True  # what was chosen by hand stays
        assert dialog.strength.isEnabled()
        wishes = dialog.wishes()
        assert (wishes.upscale.network, wishes.upscale.refine) == ("compact", True)
        qtbot.waitUntil(lambda: "16 × 24 becomes 32 × 48" in dialog.said.text(), timeout=PATIENCE_MS)
        told = dialog.plan.text().replace(LINKED, " ")
        assert "of memory" in told and "known after the first" in told
        named = [control for control in controls(dialog) if not isinstance(control, QScrollBar)]
        assert all(control.accessibleName() or getattr(control, "text", str)() for control in named)
        dialog.refine.buttons()[1].setFocus()
        with qtbot.waitSignal(dialog.wanted):
            QTest.keyClick(dialog.refine.buttons()[1], Qt.Key.Key_Return)  # not only from the number


def test_what_draws_a_picture_again_refines_without_a_strength(qtbot):
    with main_window(qtbot) as window:
        window.studio.documents.open_pixels(np.full((24, 16, 3), 60, np.uint8), "sea.png")
        window.studio.choose_model("starter")
        qtbot.waitUntil(
            lambda: (info := window.studio.generation.info) is not None and info.name == "starter"
        )
        starter = window.studio.generation.info
        assert starter is not None
        redraws = replace(starter.capabilities, needs_picture=True, redraws=True)
        window.studio.generation.info = replace(starter, capabilities=redraws)
        window.chosen.enlarge()
        dialog = dialog_in(window)
        assert dialog.refine.isEnabled() and dialog.refine.value() is True
        assert not dialog.strength.isEnabled()


def test_an_enlargement_says_beforehand_what_it_needs_and_how_long_it_takes(qtbot, tmp_path: Path):
    tiny_upscaler(tmp_path / "models" / "compact.safetensors", SRVGG)
    with main_window(qtbot) as window:
        studio = window.studio
        studio.settings.model_folders = [str(tmp_path / "models")]
        studio.documents.open_pixels(np.full((90, 300, 3), 60, np.uint8), "sea.png")

        def asked() -> EnlargeDialog:
            dialog = window.picture_dialogs.enlarge_canvas(studio.document)
            qtbot.waitUntil(lambda: dialog.network.count() == 2, timeout=PATIENCE_MS)
            dialog.network.setCurrentIndex(0)
            return dialog

        def told() -> str:
            return dialog.plan.text().replace(LINKED, " ")

        dialog = asked()
        assert "2 tiles of 256 px" in told() and "known after the first" in told()
        dialog.reject()
        remember_enlarging(studio.enlarging.networks[0], "cpu", 1e-4)  # as the engine does
        dialog = asked()
        qtbot.waitUntil(lambda: "about 5 s" in told() and "first" not in told(), timeout=PATIENCE_MS)
        dialog.scale.set_value(16)
        studio.documents.open_pixels(np.full((90, 3000, 3), 60, np.uint8), "wide.png")
        dialog.know_size(studio.document.state.size)
        assert not dialog.make.isEnabled(), told()
        assert "at most 5.46 times" in told(), told()
        dialog.scale.set_value(2)
        assert dialog.make.isEnabled() and "tiles" in told()


def test_a_network_that_draws_in_steps_is_told_words_steps_and_noise_and_others_are_not(qtbot):
    draws = UpscalerInfo("x4", Path("x4"), "x4 upscaler", 4, steps=75, reads_words=True, noise_level=20)
    at_once = UpscalerInfo("compact", Path("compact"), "SRVGG", 4)
    with main_window(qtbot) as window:
        window.studio.documents.open_pixels(np.full((24, 16, 3), 60, np.uint8), "sea.png")
        window.chosen.enlarge()
        dialog = dialog_in(window)
        own = (dialog.words, dialog.steps, dialog.noise)
        assert not any(control.isVisibleTo(dialog) for control in own)
        window.studio.enlarging.networks = (draws, at_once)
        window.studio.enlarging.networks_changed.emit()
        dialog.network.setCurrentIndex(1)  # what takes longer stands behind
        assert all(control.isVisibleTo(dialog) for control in own)
        assert (dialog.steps.value(), dialog.noise.value()) == (75, 20)
        dialog.words.setText(" a sea ")
        dialog.steps.set_value(30)
        wishes = dialog.wishes()
        assert (wishes.prompt, wishes.reads_words) == ("a sea", True)
        assert (wishes.upscale.steps, wishes.upscale.noise_level) == (30, 20)
        dialog.network.setCurrentIndex(0)
        assert not any(control.isVisibleTo(dialog) for control in own)
        wishes = dialog.wishes()
        assert (wishes.prompt, wishes.upscale.steps, wishes.upscale.noise_level) == (None, None, None)
