"""Prompts of a hundred thousand characters, the worst there are: read, drawn, marked, counted, typed on."""

from __future__ import annotations

import gc
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable

from measure import Figure
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.panels.prompt import PromptPanel
from desktop.state.studio import Studio
from desktop.widgets.theme import apply_theme
from engine.api.brackets import brackets_of
from engine.api.dynamic import draw, faults_of
from engine.api.errors import BadRequest
from engine.api.prompt import parse
from engine.api.prompt_marks import marks_of
from engine.api.prompt_steps import at_step, sentences

LONG = 100_000
KEYS = 15
TYPED_ON = ("words", "pairs", "choices", "emoji", "right to left")


def again(piece: str) -> str:
    return (piece * (LONG // len(piece) + 1))[:LONG]


def nested(before: str, after: str) -> str:
    deep = LONG // (len(before) + len(after))
    return before * deep + after * deep


def texts() -> dict[str, str]:
    chance = random.Random(1)
    return {
        "words": again("a cat, "), "open": "(" * LONG, "close": "]" * LONG, "pairs": again("()"),
        "square pairs": again("[]"), "nested": nested("(", ")"), "crossed": again("([)]"),
        "brackets by chance": "".join(chance.choice("()[]{}:|1.2 a") for _ in range(LONG)),
        "weights": again("(a:1.2)"), "turns": again("[a|b]"), "nested turns": nested("[a|", "]"),
        "changes": again("[a:b:0.5]"), "nested changes": nested("[a:", "b:1]"), "escapes": again("\\("),
        "AND": again("(a) AND "), "BREAK": again("BREAK "), "lists": again("__a__ "), "lines": "_" * LONG,
        "choices": again("{a|b}"), "nested choices": ("{a|" * 30 + "}" * 30 + " ") * (LONG // 121),
        "one choice": "{" + "a|" * (LONG // 2) + "}", "begun LoRAs": again("<lora:"), "colons": ":" * LONG,
        "right to left": again("(שלום:1.2) "), "combining": again("a\u0301\u0302(b)"),
        "emoji": again("(👩\u200d👩\u200d👧) "), "one word": "a" * LONG,
    }  # fmt: skip


def lists(name: str) -> tuple[str, ...]:
    return ("red", "blue")


def drawn(text: str) -> None:
    try:
        draw(text, 1, lists)
    except BadRequest:
        pass  # it says where it cannot be read: that is an answer


READERS: dict[str, Callable[[str], object]] = {
    "parse": parse,
    "the words of a step": lambda text: at_step(text, 3, 20),
    "the sentences between AND": sentences,
    "faults of choices and lists": lambda text: faults_of(text, lists),
    "draw": drawn,
    "all marks of the editor": lambda text: marks_of(text, None, lists),
    "marks of what is in sight": lambda text: marks_of(text, None, lists, in_sight=(LONG - 3_000, LONG)),
}


def measure() -> list[Figure]:
    figures = [worst_of(name, reader) for name, reader in READERS.items()]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIENZO_HOME"] = folder
        return [*figures, *measure_window()]


def worst_of(name: str, reader: Callable[[str], object]) -> Figure:
    taken = {kind: milliseconds(reader, text) for kind, text in texts().items()}
    worst = max(taken, key=lambda kind: taken[kind])
    return Figure(f"{name}: the slowest of {len(taken)} texts", taken[worst], "ms", "< 100", worst)


def milliseconds(reader: Callable[[str], object], text: str) -> float:
    """The best of five, each as if the text had not been read before; garbage waits as in the window."""
    taken = []
    gc.disable()
    for _ in range(5):
        brackets_of.cache_clear()
        started = time.process_time()
        reader(text)
        taken.append((time.process_time() - started) * 1000)
    gc.enable()
    return min(taken)


def measure_window() -> list[Figure]:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication([])
    apply_theme(application, "dark")
    studio = Studio()
    panel = PromptPanel(studio)
    panel.resize(700, 300)
    panel.show()
    studio.start()
    try:
        while not studio.is_ready:
            application.processEvents()
        from desktop.state.reading import count  # brings the tokenizers package

        info = studio.models.get(studio.generation.model)
        assert info is not None
        written = texts()
        counted = {kind: milliseconds(lambda text: count(info, text), text) for kind, text in written.items()}
        worst = max(counted, key=lambda kind: counted[kind])
        return [
            Figure("tokens counted, beside the window", counted["words"], "ms", note="words"),
            Figure("  the slowest", counted[worst], "ms", note=worst),
            *(key_pressed(application, panel, kind, written[kind]) for kind in TYPED_ON),
        ]
    finally:
        panel.close()
        studio.close()


def key_pressed(application: QApplication, panel: PromptPanel, kind: str, text: str) -> Figure:
    """From the key to the painted letter, at the end of `text`; Qt lays the whole paragraph out anew."""
    panel.editor.set_value(text)
    panel.editor.moveCursor(panel.editor.textCursor().MoveOperation.End)
    taken = []
    for _ in range(KEYS):
        started = time.perf_counter()
        QTest.keyClicks(panel.editor, "a")
        application.processEvents()
        taken.append((time.perf_counter() - started) * 1000)
        QTest.qWait(30)
    return Figure(
        f"a key at the end of 100,000 characters, {kind}", statistics.median(taken), "ms",
        note=f"longest {max(taken):.0f}",
    )  # fmt: skip
