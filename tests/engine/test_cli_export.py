"""`lienzo library export` as it is used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer

from engine.api.errors import BadRequest
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.cli.library_export import export
from engine.library.export.proof import what_is_left
from engine.library.index.catalogue import Catalogue
from engine.library.pictures import encode_picture, open_picture


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for prompt in ("beagle", "house"):
        data = encode_picture(np.full((40, 60, 3), 90, np.uint8), Recipe(GenerationRequest("toy", prompt)))
        (folder / f"{prompt}.png").write_bytes(data)
    return sorted(folder.iterdir())


def test_files_in_another_format_and_size_without_anything_in_them(files, tmp_path, capsys):
    export(files, tmp_path / "out", format="webp", longest=30, recipe=False, json=True)
    told = json.loads(capsys.readouterr().out)
    assert [Path(entry["source"]) for entry in told] == files
    for entry in told:
        data = Path(entry["path"]).read_bytes()
        assert what_is_left(data) == () and open_picture(data).width == 30


@pytest.mark.parametrize(("name", "contact"), [("a.zip", False), ("a.pdf", False), ("a.png", True)])
def test_archives_and_contact_sheets(files, tmp_path, name, contact):
    export(files, tmp_path / name, contact=contact)
    assert (tmp_path / name).stat().st_size > 500


def test_what_a_search_finds_goes_out(files, tmp_path):
    catalogue = Catalogue.open()
    catalogue.add_folder(files[0].parent)
    list(catalogue.scan())
    export(None, tmp_path / "out", search="beagle")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["beagle.png"]


def test_one_that_cannot_be_read_is_told_at_the_end(files, tmp_path, capsys):
    files[0].write_bytes(b"no picture")
    with pytest.raises(typer.Exit) as ending:
        export(files, tmp_path / "out", format="png", longest=20)
    assert ending.value.exit_code == 5
    assert "beagle.png" in capsys.readouterr().err and (tmp_path / "out" / "house.png").exists()


def test_nothing_to_export_and_a_format_there_is_not_are_said(files, tmp_path):
    with pytest.raises(BadRequest):
        export(None, tmp_path)
    with pytest.raises(BadRequest):
        export(files, tmp_path, format="gif")
