from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.bridge.background import Background
from desktop.state.settings import Settings
from engine.library import folders


@pytest.fixture
def background(qapp):
    background = Background()
    yield background
    background.close()


def test_a_preference_is_on_the_disk_a_moment_later(qtbot, background):
    settings = Settings(background)
    settings.theme = "light"
    settings.remember_panel("queue", {"folded": True})
    qtbot.waitUntil(lambda: folders.settings_file().exists())
    again = Settings(background)
    assert (again.theme, again.panel_states) == ("light", {"queue": {"folded": True}})


def test_unknown_keys_of_a_newer_version_are_kept(background):
    folders.settings_file().write_text(json.dumps({"theme": "dark", "from the future": [1]}))
    settings = Settings(background)
    settings.theme = "grey"
    settings.flush()
    kept = json.loads(folders.settings_file().read_text())
    assert (kept["theme"], kept["from the future"]) == ("grey", [1])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_the_defaults_serve(background, content: bytes):
    path = folders.settings_file()
    path.write_bytes(content)
    settings = Settings(background)
    assert settings.theme == "system"
    assert settings.damaged_file is not None and settings.damaged_file.read_bytes() == content
    settings.flush()
    assert Settings(background).damaged_file is None


@pytest.mark.parametrize(
    "wrong", [{"theme": "pink"}, {"picture_quality": 0}, {"picture_quality": "95"}, {"previews": 1}]
)
def test_a_wrong_value_gives_way_to_the_default(background, wrong: dict):
    folders.settings_file().write_text(json.dumps(wrong))
    settings = Settings(background)
    name = next(iter(wrong))
    assert getattr(settings, name) == getattr(Settings, name).default


def test_a_read_only_folder_is_said_once_and_nothing_is_lost(qtbot, background, tmp_path: Path):
    target = tmp_path / "missing" / "settings.json"
    settings = Settings(background, target)
    told = []
    settings.file.could_not_save.connect(told.append)
    settings.theme = "dark"
    qtbot.waitUntil(lambda: bool(told))
    target.parent.mkdir()
    qtbot.waitUntil(target.exists)
    assert json.loads(target.read_text())["theme"] == "dark"
    assert len(told) == 1
