"""Language, log and lock of the program, without starting it."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, qWarning
from PySide6.QtWidgets import QDialogButtonBox
from studios import heard, studio_with_toy

from desktop.app import language, logs
from desktop.app.language import Language
from desktop.app.library_hold import LibraryHold
from desktop.app.options import Options
from desktop.app.running import studio_speaking
from desktop.app.single_instance import SingleInstance


@pytest.fixture
def speaking(qapp):
    before = QLocale()
    speaking = Language()
    yield speaking
    speaking.use("en")
    QLocale.setDefault(before)


def test_qts_own_words_follow_the_language(speaking, monkeypatch):
    monkeypatch.setattr(language, "available", lambda: ("en", "es"))
    speaking.use("es")
    assert speaking.code == "es"
    assert word_for_cancel() == "Cancelar"
    speaking.use("en")
    assert word_for_cancel() == "Cancel"


def word_for_cancel() -> str:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    return box.buttons()[0].text().replace("&", "")


def test_a_missing_language_is_english(speaking):
    speaking.use("tlh")
    assert speaking.code == "en"
    assert QCoreApplication.translate("Words", "Steps") == "Steps"


def test_our_own_words_come_from_the_compiled_file(speaking, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(
        language, "translations_folder", lambda: compiled(tmp_path, "Words", "Steps", "Pasos")
    )
    speaking.use("es")
    assert QCoreApplication.translate("Words", "Steps") == "Pasos"
    speaking.use("en")
    assert QCoreApplication.translate("Words", "Steps") == "Steps"


def test_the_first_layer_is_named_in_the_windows_language(speaking, monkeypatch, tmp_path: Path):
    folder = compiled(tmp_path, "LayerNames", "Layer {number}", "Capa {number}")
    monkeypatch.setattr(language, "translations_folder", lambda: folder)
    studio = studio_speaking(speaking, Options(in_process=True, language="es"))
    try:
        assert [layer.name for layer in studio.documents.current.root.walk()] == ["Capa 1"]
    finally:
        studio.close()


def compiled(folder: Path, context: str, english: str, spanish: str) -> Path:
    """`folder` with a Spanish that has one sentence."""
    source = folder / "es.ts"
    source.write_text(
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="es"><context>'
        f"<name>{context}</name><message><source>{english}</source><translation>{spanish}</translation></message>"
        "</context></TS>"
    )
    tool = Path(PySide6.__file__).parent / "lrelease"
    subprocess.run([tool, "-silent", source, "-qm", folder / "es.qm"], check=True)
    return folder


@pytest.mark.logs_warnings  # on purpose
def test_the_log_takes_our_words_and_qts_and_turns_over(qapp, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 10_000)
    logs.begin()
    try:
        logging.getLogger("jobs").info("a job was queued")
        qWarning("from Qt itself")
        text = logs.log_file().read_text()
        assert "jobs: a job was queued" in text and "from Qt itself" in text
        for number in range(1000):
            logging.getLogger("app").info("line %d \ud800", number)
        files = list(logs.log_file().parent.glob("lienzo.log*"))
        assert len(files) == 1 + logs.OLD_FILES
        assert all(file.stat().st_size <= 10_000 for file in files)
    finally:
        logs.end()


def test_only_one_holds_the_lock_of_a_profile(qapp, tmp_path: Path):
    first, second = (SingleInstance.of_profile(tmp_path) for _ in range(2))
    assert first.take() and not second.take()
    first.release()
    assert second.take()
    second.release()


def test_garbage_from_another_process_on_the_local_server_is_ignored(qtbot, tmp_path: Path):
    from PySide6.QtNetwork import QLocalSocket

    first = SingleInstance.of_profile(tmp_path)
    assert first.take()
    first.listen()
    received = []
    first.files_received.connect(received.append)
    try:
        for garbage in (b"\n", b"[]\n", b'{"files": 3}\n', b"\xff\n", b"{" * 100_000 + b"\n"):
            socket = QLocalSocket()
            socket.connectToServer(first._name)
            with qtbot.waitSignal(socket.disconnected, timeout=5000):
                socket.write(garbage)
        socket = QLocalSocket()
        socket.connectToServer(first._name)
        with qtbot.waitSignal(first.files_received, timeout=5000):
            socket.write(b'{"files": ["/a.png", 3]}\n')
        assert received == [["/a.png"]]
    finally:
        first.release()


def test_a_library_that_another_window_holds_is_not_changed_to(qtbot, tmp_path: Path):
    with studio_with_toy(qtbot) as studio:
        other = SingleInstance.of_library(tmp_path / "theirs")
        hold = LibraryHold(studio.settings, studio.messages)
        assert other.take() and hold.take()
        studio.settings.library_folder = str(tmp_path / "theirs")
        assert studio.settings.library_folder == ""
        assert "theirs" in heard(studio).said[-1][1]
        studio.settings.library_folder = str(tmp_path / "ours")
        assert not SingleInstance.of_library(tmp_path / "ours").take()
        assert hold.instance.folder == tmp_path / "ours"
        hold.release()
        other.release()
        assert SingleInstance.of_library(tmp_path / "ours").take()
