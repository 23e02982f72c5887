"""The Models place, used as an artist does: open, search, filter, read why, use, convert, stop."""

from __future__ import annotations

import os
import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from headers import flux1, kohya_lora, write_header
from main_windows import controls, main_window, spoken
from patience import patience_ms
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from tiny import tiny_sd

from desktop.panels.models.item_model import FILE, NAME, SIZE
from desktop.panels.models.page import ModelsPage
from desktop.panels.models.reasons import say_reason
from desktop.panels.models.words import say_variant
from desktop.panels.places import Place
from desktop.state import model_library
from desktop.window import MainWindow
from engine.api.model_file import FileKind
from engine.api.vision import VisionKind
from engine.models.places.walk import place_of
from engine.models.scanning import scan as scan_module
from engine.models.scanning.describe import describe

LAYER = "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
PATIENCE_MS = patience_ms(30)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_sd(folder / "tiny")
    lora = kohya_lora({LAYER: (32, 32)}, rank=2)
    write_header(folder / "zorbi.safetensors", lora, metadata={"modelspec.trigger_phrase": "zorbi"})
    Image.new("RGB", (60, 40), "red").save(folder / "zorbi.preview.png")
    write_header(folder / "xl.safetensors", kohya_lora({LAYER: (640, 2048)}))
    write_header(folder / "flux.safetensors", flux1())
    (folder / "half.safetensors").write_bytes((folder / "xl.safetensors").read_bytes()[:-9])
    torch.save({f"lora_unet_{LAYER}.lora_down.weight": torch.zeros(2, 32),
                f"lora_unet_{LAYER}.lora_up.weight": torch.zeros(32, 2)}, folder / "old.ckpt")  # fmt: skip
    return folder


@pytest.fixture
def folder(originals: Path, tmp_path: Path) -> Path:
    # links: one file is huge, and none is written into
    return Path(shutil.copytree(originals, tmp_path / "mine", copy_function=os.link))


@pytest.fixture
def window(qtbot, folder: Path):
    with main_window(qtbot) as window:
        window.studio.settings.model_folders = [str(folder)]
        qtbot.waitUntil(lambda: window.studio.models.get("tiny") is not None, timeout=PATIENCE_MS)
        yield window


@pytest.fixture
def page(window: MainWindow, qtbot) -> ModelsPage:
    window.go_to(Place.MODELS)
    page = window.pages.currentWidget()
    assert isinstance(page, ModelsPage)
    qtbot.waitUntil(lambda: window.studio.model_library.was_scanned, timeout=PATIENCE_MS)
    return page


def shown(page: ModelsPage) -> list[str]:
    return [page.filter.index(row, NAME).data(FILE).name for row in range(page.filter.rowCount())]


def choose(page: ModelsPage, name: str) -> None:
    page.choose(next(file for file in page._library.files if file.name == name))
    assert page.details.file is not None and page.details.file.name == name


def names_chosen(page: ModelsPage) -> tuple[str, str]:
    """In the list and beside it."""
    chosen, told = page.chosen(), page.details.file
    assert chosen is not None and told is not None
    return chosen.name, told.name


def facts(page: ModelsPage) -> str:
    return "\n".join(label.text().replace("\u200b", "") for label in page.details.findChildren(QLabel))


def test_the_files_are_listed_by_kind_and_the_broken_ones_last(page: ModelsPage) -> None:
    assert shown(page) == ["tiny", "flux", "xl", "zorbi", "half", "old"]
    assert page.count.text().startswith("6 file") and page.count.text().endswith("2 cannot be used")
    page.list.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
    assert shown(page)[0] == "flux"


def test_in_a_narrow_window_the_name_is_still_to_be_read(page: ModelsPage) -> None:
    widths = []
    for width in (960, 1400):
        page.list.resize(width - 400, 300)
        widths.append([page.list.columnWidth(column) for column in range(5)])
    assert widths[0][0] >= 180 and sum(widths[0]) <= 560
    assert widths[1][1:] == [160, 250, 96, 80]


def test_search_and_filters(page: ModelsPage, qtbot) -> None:
    qtbot.keyClicks(page.search, "ZOR")
    assert shown(page) == ["zorbi"] and "1 shown" in page.count.text()
    page.search.clear()
    page.kinds.setCurrentIndex(page.kinds.findData(FileKind.LORA))
    assert shown(page) == ["xl", "zorbi"]
    page.families.setCurrentIndex(page.families.findData("sdxl"))
    assert shown(page) == ["xl"]


def test_a_file_says_what_it_is_and_why(page: ModelsPage, qtbot) -> None:
    choose(page, "flux")
    text = facts(page)
    assert "double_blocks.0.img_attn.norm.key_norm.scale" in text and "Network alone" in text
    assert "VAE, text encoders and tokenizer are among your models" in page.details.problem.text()
    assert not page.details.use.isVisible()
    choose(page, "half")
    assert "truncated" in page.details.problem.text()


def test_looking_again_leaves_the_focus_where_it_was(page: ModelsPage, qtbot) -> None:
    page.again.setFocus()
    page.again.click()
    assert page.stop.hasFocus()
    qtbot.waitUntil(lambda: page.again.isVisible(), timeout=PATIENCE_MS)
    assert page.again.hasFocus()


def test_in_spanish_a_broken_file_says_why_and_what_to_do(page: ModelsPage, tmp_path: Path) -> None:
    with spoken("es", tmp_path):
        choose(page, "half")
        told, known = page.details.problem.text(), facts(page)
    assert "le faltan 9 bytes al final" in told and "consíguelo otra vez" in told
    assert "truncated" not in known and "other" not in known


def test_what_a_model_is_for_is_said_in_the_windows_words(qapp, tmp_path: Path) -> None:
    with spoken("es", tmp_path):
        assert [say_variant(kind.value) for kind in (VisionKind.DEPTH, VisionKind.POSE)] == [
            "profundidad",
            "postura",
        ]
        assert say_variant("instructed") == "instrucciones" and say_variant("Turbo") == "Turbo"


def test_a_model_of_several_files_names_them(page: ModelsPage, window: MainWindow, folder: Path) -> None:
    models = window.studio.models
    beside = (folder / "vae" / "ae.safetensors", folder / "clip_l.safetensors", folder / "clip_l.safetensors")
    models.infos = tuple(replace(info, beside=beside) for info in models.infos)
    choose(page, "tiny")
    assert "With\nae, clip_l" in facts(page)


def test_the_preview_and_the_hash_come_by_themselves(page: ModelsPage, qtbot) -> None:
    choose(page, "zorbi")
    qtbot.waitUntil(lambda: not page.details.picture.pixmap().isNull(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.details.hash and len(page.details.hash.text()) == 64, timeout=PATIENCE_MS)


def test_a_checkpoint_and_its_lora_are_used(page: ModelsPage, window: MainWindow, qtbot) -> None:
    studio = window.studio
    choose(page, "tiny")
    qtbot.mouseClick(page.details.use, Qt.MouseButton.LeftButton)
    assert studio.generation.model == "tiny" and window.pages.place is Place.CANVAS
    qtbot.waitUntil(lambda: any(what.name == "zorbi" for what in studio.learnt.infos), timeout=PATIENCE_MS)
    window.go_to(Place.MODELS)
    choose(page, "zorbi")
    qtbot.waitUntil(lambda: not page.details.problem.text(), timeout=PATIENCE_MS)
    qtbot.mouseClick(page.details.use, Qt.MouseButton.LeftButton)
    assert [lora.name for lora in studio.generation.loras] == ["zorbi"]
    assert "zorbi" in studio.generation.prompt
    window.go_to(Place.MODELS)
    choose(page, "xl")
    assert "another model" in page.details.problem.text()


def test_a_pickle_is_converted_where_it_lies(
    page: ModelsPage, window: MainWindow, folder: Path, qtbot
) -> None:
    choose(page, "old")
    assert page.details.convert.isVisible() and "run code" in page.details.problem.text()
    qtbot.mouseClick(page.details.convert, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (folder / "old.safetensors").exists(), timeout=60_000)
    qtbot.waitUntil(
        lambda: any(file.path.name == "old.safetensors" for file in window.studio.model_library.files),
        timeout=PATIENCE_MS,
    )
    assert (folder / "old.ckpt").exists()
    qtbot.waitUntil(
        lambda: page.details.file is not None and page.details.file.path == folder / "old.safetensors"
    )
    assert page.list.hasFocus() or not window.isActiveWindow()


def test_another_folder_is_looked_through_at_once_and_a_stopped_scan_keeps_the_list(
    page: ModelsPage, window: MainWindow, tmp_path: Path, qtbot
) -> None:
    write_header(tmp_path / "more" / "new.safetensors", kohya_lora({LAYER: (32, 32)}))
    window.studio.settings.model_folders = [*window.studio.settings.model_folders, str(tmp_path / "more")]
    qtbot.waitUntil(lambda: "new" in shown(page), timeout=PATIENCE_MS)
    page.again.click()
    assert page.stop.isVisible()
    page.stop.click()
    assert not page.stop.isVisible() and "new" in shown(page)
    assert "Stopped before all was looked at" in page.count.text()


def test_files_come_while_the_folders_are_looked_through_and_what_one_reads_stays(
    window: MainWindow, folder: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a slow drive; nothing is searched for or chosen anew when the scan ends."""
    monkeypatch.setattr(model_library, "SHOW_S", 0.0)
    gates = {name: threading.Event() for name in ("half.safetensors", "zorbi.safetensors")}
    look = scan_module.look

    def slowly(place, memory):
        if place.path.name in gates:
            gates[place.path.name].wait(PATIENCE_MS / 1000)
        return look(place, memory)

    monkeypatch.setattr(scan_module, "look", slowly)
    window.go_to(Place.MODELS)
    page = window.pages.currentWidget()
    assert isinstance(page, ModelsPage)
    try:
        qtbot.waitUntil(lambda: shown(page) == ["flux"], timeout=PATIENCE_MS)
        page.list.setCurrentIndex(page.filter.index(0, NAME))
        gates["half.safetensors"].set()
        qtbot.waitUntil(lambda: shown(page) == ["flux", "xl", "half", "old"], timeout=PATIENCE_MS)
        assert page.kinds.findData(FileKind.BROKEN) > 0 and names_chosen(page) == ("flux", "flux")
        page.search.setText("l")
        gates["zorbi.safetensors"].set()
        qtbot.waitUntil(lambda: window.studio.model_library.was_scanned, timeout=PATIENCE_MS)
    finally:
        for gate in gates.values():
            gate.set()
    assert page.search.text() == "l" and names_chosen(page) == ("flux", "flux")
    page.search.clear()
    assert shown(page) == ["tiny", "flux", "xl", "zorbi", "half", "old"]


def test_everything_has_a_name_and_is_reached_by_keyboard(page: ModelsPage, qtbot) -> None:
    choose(page, "zorbi")
    for control in controls(page):
        assert control.accessibleName() or control.property("text"), control
    index = page.list.currentIndex()
    assert "LoRA" in index.siblingAtColumn(NAME).data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize("name", ["flux", "xl", "zorbi", "tiny"])
def test_the_reasons_are_said_in_spanish_and_keep_the_names(
    name: str, originals: Path, tmp_path: Path
) -> None:
    path = originals / name if name == "tiny" else originals / f"{name}.safetensors"
    with spoken("es", tmp_path):
        for reason in describe(place_of(path)).why:
            told = say_reason(reason)
            assert told != reason
            assert not re.search(r"\b(it has|reads|are not|is among|parts with)\b", told), told
            assert set(re.findall(r"\w+\.\w+\.\w+", reason)) <= set(re.findall(r"\w+\.\w+\.\w+", told))
