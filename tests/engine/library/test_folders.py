"""Where things lie: in one home where one is told, and never where nothing can be made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.api.errors import CannotSave
from engine.library import folders


def test_one_home_holds_everything(own_home: Path):
    assert folders.home() == own_home
    found = [folders.data_folder(), folders.cache_folder(), folders.config_folder(), folders.log_folder()]
    assert len(set(found)) == 4
    assert all(folder.is_dir() and own_home in folder.parents for folder in found)
    assert own_home in folders.settings_file().parents and own_home in folders.journal_file().parents


def test_the_library_is_not_made_before_it_is_used(own_home: Path):
    assert own_home in folders.default_library_folder().parents
    assert not folders.default_library_folder().exists()


def test_without_a_home_the_system_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("LIENZO_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert folders.home() is None
    if sys.platform == "linux":
        assert folders.data_folder() == tmp_path / "data" / "lienzo"
    assert folders.default_library_folder().name == "Lienzo"


def test_a_home_that_cannot_be_is_said_with_the_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LIENZO_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(CannotSave, match="LIENZO_HOME"):
        folders.data_folder()


def test_the_library_costs_neither_torch_nor_qt():
    names = sorted(path.stem for path in Path(folders.__file__).parent.glob("[a-z]*.py"))
    imports = "; ".join(f"import engine.library.{name}" for name in names)
    code = f"import sys; {imports}; sys.exit(bool({{'torch', 'diffusers', 'PySide6'}} & set(sys.modules)))"
    assert len(names) > 10
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
