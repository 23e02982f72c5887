from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from libraries import open_in

from engine.library.index.catalogue import Catalogue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the library."""
    made = tmp_path / "pictures"
    made.mkdir()
    return made


@pytest.fixture
def catalogue(tmp_path: Path, folder: Path) -> Iterator[Catalogue]:
    """An empty one that looks at `folder`."""
    opened = open_in(tmp_path)
    opened.add_folder(folder)
    yield opened
    opened.close()
