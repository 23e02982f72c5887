"""Fetching a model in the window: its licence first, then the bytes, from a server on this computer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from headers import kohya_lora, write_header
from loopback import Server, served
from main_windows import main_window, spoken
from patience import patience_ms
from PySide6.QtCore import Qt

from desktop.dialogs.get_model import GetModelDialog
from desktop.state import downloads
from desktop.window import MainWindow
from engine.library.folders import models_folder
from engine.models.download import hugging_face
from engine.models.download.transport import Rules

PATIENCE_MS = patience_ms(30)
LORA = kohya_lora({"down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k": (640, 768)})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with served(tmp_path / "www", monkeypatch) as server:
        monkeypatch.setattr(hugging_face, "HUB", server.address)
        monkeypatch.setattr(downloads, "RULES", Rules(allow_loopback=True))
        file = write_header(tmp_path / "www/owner/lora/resolve/abc/lora.safetensors", LORA)
        data = file.read_bytes()
        entry = {"rfilename": "lora.safetensors", "size": len(data),
                 "lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}  # fmt: skip
        server.answers["/api/models/owner/lora/revision/main"] = {
            "sha": "abc", "siblings": [entry], "cardData": {"license": "mit"},
        }  # fmt: skip
        yield server


@pytest.fixture
def window(qtbot, server: Server):
    with main_window(qtbot) as window:
        yield window


def open_dialog(window: MainWindow) -> GetModelDialog:
    return window.dialogs.show_get_model()


def test_nothing_is_asked_of_the_network_before_a_button_is_pressed(
    window: MainWindow, server: Server
) -> None:
    dialog = open_dialog(window)
    dialog.list.setCurrentRow(1)
    assert dialog.name.text() == "stable-diffusion-v1-5/stable-diffusion-inpainting"
    assert not dialog.fetch.isEnabled() and server.asked == []


def test_licence_and_size_come_first_then_the_model(window: MainWindow, server: Server, qtbot) -> None:
    dialog = open_dialog(window)
    dialog.name.setText("owner/lora")
    with qtbot.waitSignal(window.studio.downloads.offered, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    assert "mit" in dialog.facts.text()
    assert not any("resolve" in path for path, _ in server.asked), "only the page was asked"
    with qtbot.waitSignal(window.studio.downloads.finished, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.fetch, Qt.MouseButton.LeftButton)
    assert (models_folder() / "lora.safetensors").exists()
    assert "It is here" in dialog.facts.text()


def test_a_download_is_cancelled_seen_from_everywhere_and_gone_on_with(
    window: MainWindow, server: Server, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TELL_S", 0.0)
    file = tmp_path / "www/owner/lora/resolve/abc/lora.safetensors"
    whole, half = len(file.read_bytes()), len(file.read_bytes()) // 2
    server.hold_after = half
    dialog = open_dialog(window)
    assert not dialog.stop.isVisible()
    dialog.name.setText("owner/lora")
    with qtbot.waitSignal(window.studio.downloads.offered, timeout=PATIENCE_MS):
        dialog.look.click()
    dialog.fetch.click()
    qtbot.waitUntil(lambda: dialog.progress.value() > 0, timeout=PATIENCE_MS)
    assert dialog.stop.isVisible() and dialog.told.text().endswith("of 45.5 kB")
    assert not dialog.list.isEnabled(), "what is fetched stays what is shown"
    dialog.close()
    (piece,) = window.studio.working.pieces
    assert "owner/lora" in piece.text and 0.3 < (piece.share or 0) < 0.6
    qtbot.waitUntil(lambda: not window.dialogs._open)
    dialog = open_dialog(window)
    assert dialog.stop.isVisible() and "mit" in dialog.facts.text()
    with qtbot.waitSignal(window.studio.downloads.stopped, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
        server.go_on.set()
    assert not window.studio.working.pieces and not dialog.stop.isVisible()
    assert not (models_folder() / "lora.safetensors").exists()
    server.hold_after = None
    with qtbot.waitSignal(window.studio.downloads.finished, timeout=PATIENCE_MS):
        dialog.fetch.click()
    assert server.asked[-1][1].startswith("bytes=") and server.asked[-1][1] != "bytes=0-"
    assert (models_folder() / "lora.safetensors").stat().st_size == whole


def test_an_answer_that_is_long_in_coming_is_given_up(window: MainWindow, server: Server, qtbot) -> None:
    server.hold_after = 0
    dialog = open_dialog(window)
    dialog.name.setText("owner/lora")
    dialog.look.click()
    assert dialog.progress.is_busy and dialog.stop.isVisible()
    dialog.stop.click()
    assert dialog.look.isEnabled() and not dialog.stop.isVisible() and not dialog.progress.is_busy
    server.hold_after = None
    with qtbot.waitSignal(window.studio.downloads.offered, timeout=PATIENCE_MS):
        dialog.look.click()
    server.go_on.set()
    assert "mit" in dialog.facts.text()


def test_what_goes_wrong_is_said_in_the_dialog(window: MainWindow, server: Server, qtbot) -> None:
    dialog = open_dialog(window)
    dialog.name.setText("owner/nothing")
    with qtbot.waitSignal(window.studio.downloads.failed, timeout=PATIENCE_MS):
        dialog.name.returnPressed.emit()
    assert "owner/nothing" in dialog.problem.text() and dialog.look.isEnabled()


def test_where_nothing_answers_the_cause_is_told_in_spanish_too(
    window: MainWindow, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(hugging_face, "HUB", "http://127.0.0.1:9")  # where nobody listens
    wrong = {"owner/lora": "mira si hay red", "ftp://example.com/a": "no es una dirección"}
    with spoken("es", tmp_path):
        dialog = open_dialog(window)
        assert "ControlNet de bordes" in dialog.list.item(4).text()
        for name, told in wrong.items():
            dialog.name.setText(name)
            with qtbot.waitSignal(window.studio.downloads.failed, timeout=PATIENCE_MS):
                dialog.look.click()
            assert told in dialog.problem.text()
