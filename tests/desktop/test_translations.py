"""The words of the window: all of them in both languages, none left in English where Spanish is spoken."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import PySide6
import pytest
from main_windows import main_window, spoken, texts_of
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from windows import show_in_window

from desktop.app.language import QT_LACKS
from desktop.dialogs.about import AboutDialog
from desktop.dialogs.preferences import PreferencesDialog

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "resources" / "translations"
UPDATE = "pyside6-lupdate -no-obsolete -locations none $(find desktop -name '*.py') -ts FILE.ts"
"""For en.ts, which holds only plurals, with `-pluralonly`."""
ALIKE = {
    "Prompt", "Tokens", "{tokens} / {limit} tokens", "{tokens} tokens", "Error", "Lienzo", "Menu",
    "Ctrl", "Esc", "Tab", "Radial", "LoRA", "Auto", "{gigabytes} GB", "{kilobytes} kB",
    "ControlNet", "T2I-Adapter", "IP-Adapter", "VAE", "SHA-256",
    "Normal", "{seconds} s", "{minutes} min", "{hours} h", "{megabytes} MB", "{percent} %",
}  # fmt: skip
"""Words that Spanish writes the same way."""


def messages(code: str) -> dict[tuple[str, str], ElementTree.Element]:
    """Context and source text to the message of the file."""
    tree = ElementTree.parse(FOLDER / f"{code}.ts")
    return {
        (context.findtext("name") or "", message.findtext("source") or ""): message
        for context in tree.iter("context")
        for message in context.iter("message")
    }


@cache
def words_in_the_code() -> tuple[tuple[str, str, bool], ...]:
    """Context, text, and whether it counts something, of every `tr` and `translate` in desktop/."""
    return tuple(words_of_every_file())


def words_of_every_file() -> Iterator[tuple[str, str, bool]]:
    for path in sorted((ROOT / "desktop").rglob("*.py")):
        text = path.read_text("utf-8")
        if not re.search(r"\btr\b|translate|QT_TRANSLATE_NOOP", text):
            continue
        tree = ast.parse(text)
        yield from said_by_functions(tree, path)
        for scope in ast.walk(tree):
            if isinstance(scope, ast.ClassDef):
                yield from said_by_class(scope, path)


def said_by_functions(tree: ast.AST, path: Path) -> Iterator[tuple[str, str, bool]]:
    for call in calls(tree, "translate"):
        context, text = (literal(argument, path) for argument in call.args[:2])
        yield context, text, len(call.args) > 3
    for call in calls(tree, "QT_TRANSLATE_NOOP"):
        context, text = (literal(argument, path) for argument in call.args)
        yield context, text, False


def said_by_class(scope: ast.ClassDef, path: Path) -> Iterator[tuple[str, str, bool]]:
    for call in calls(scope, "tr"):
        yield scope.name, literal(call.args[0], path), len(call.args) > 2


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "QCoreApplication")
            if name == "translate" and owner != "QCoreApplication":
                continue  # a painter's
            if called == name and not isinstance(node.args[0], ast.Dict):
                yield node


def literal(node: ast.expr, path: Path) -> str:
    assert isinstance(node, ast.Constant), f"{path}:{node.lineno}: lupdate cannot read this text"
    return str(node.value)


@pytest.mark.parametrize("code", ["es", "en"])
def test_every_text_of_the_code_is_in_the_file_and_nothing_else(code: str):
    wanted = {(context, text) for context, text, counts in words_in_the_code() if code == "es" or counts}
    have = set(messages(code))
    assert wanted - have == set(), f"translate these, after {UPDATE}"
    assert have - wanted == set(), "these are said no more"


@pytest.mark.parametrize("code", ["es", "en"])
def test_nothing_is_unfinished(code: str):
    for key, message in messages(code).items():
        translation = message.find("translation")
        assert translation is not None and translation.get("type") is None, key
        forms = translation.findall("numerusform")
        texts = [form.text for form in forms] if forms else [translation.text]
        assert all(texts), key
        assert len(forms) == (2 if message.get("numerus") else 0), key


def test_spanish_is_not_english():
    for (_, source), message in messages("es").items():
        if source not in ALIKE:
            assert message.findtext("translation") != source, source


@pytest.mark.parametrize("code", ["es", "en"])
def test_names_in_braces_and_counts_are_the_same_in_both(code: str):
    for (_, source), message in messages(code).items():
        translation = message.find("translation")
        assert translation is not None
        for text in [form.text for form in translation] or [translation.text]:
            assert set(re.findall(r"\{\w+\}", text or "")) == set(re.findall(r"\{\w+\}", source)), source


def test_keys_in_menus_are_marked_once():
    for (_, source), message in messages("es").items():
        text = message.findtext("translation") or ""
        assert text.count("&") == source.count("&"), source


def test_the_window_in_spanish_shows_no_english(qtbot, tmp_path):
    english = {source for (_, source) in messages("es") if source not in ALIKE}
    translated = {message.findtext("translation") for message in messages("es").values()}
    with spoken("es", tmp_path), main_window(qtbot) as window:
        preferences = show_in_window(qtbot, PreferencesDialog(window.studio, ["cpu"]), 600, 700)
        about = show_in_window(qtbot, AboutDialog(window.ready, None), 500, 400)
        shown = [
            text
            for root in (window, preferences, about)
            for widget in root.findChildren(QWidget)
            for text in texts_of(widget)
        ]
        shown += [action.text() for action in window.actions_by_id.values()]
        assert len(shown) > 100
        assert [text for text in shown if text in english - translated] == []


def test_qt_brings_its_own_words_in_spanish():
    """File dialogs and text menus are Qt's; their Spanish ships with it."""
    assert list(Path(PySide6.__file__).parent.rglob("qtbase_es.qm"))


def test_what_qt_lacks_in_spanish_is_ours(qtbot, tmp_path):
    with spoken("es", tmp_path):
        dialog = QFileDialog(None, "", str(tmp_path))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        qtbot.addWidget(dialog)
        shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"&Buscar en:", "Archivos de &tipo:"} <= shown
    assert shown.isdisjoint(map(str, QT_LACKS))
