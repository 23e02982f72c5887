"""The window of one who paints while a picture is made, in a process of its own, to be killed.

python child_canvas.py [--live] [--images N] [--die-when-saved]

Says on stdout, a JSON line each, what is done, what is on the disk, and which pictures are saved.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys

from canvas_scenes import begin, paint_mask
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from toy_engine import ToyEngine

from desktop.raster.rect import Rect
from desktop.state.document import layer_commands
from desktop.state.document.layers import PaintLayer
from desktop.state.studio import Studio
from desktop.window import MainWindow

PROMPT = "snow on the roof"


def say(**form: object) -> None:
    try:
        sys.stdout.write(json.dumps(form) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more


def stroke_at(number: int) -> Rect:
    """Where stroke `number` is painted."""
    return Rect(3 * (number % 60), 2 * (number // 60), 2, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--die-when-saved", action="store_true")
    told = parser.parse_args()
    app = QApplication([])
    studio = Studio(ToyEngine())
    studio.generation.model = "toy"
    studio.start()
    while not studio.is_ready:
        app.processEvents()
    window = MainWindow(studio)
    window.show()
    QTest.qWait(50)
    studio.jobs.picture_saved.connect(lambda job, result: take_saved(result.path, told.die_when_saved))
    studio.editing.results.placed.connect(lambda layer: say(placed=len(layer.variants)))
    document, _ = begin(window)
    studio.generation.prompt, studio.generation.steps, studio.generation.images = PROMPT, 4, told.images
    paint_mask(window, (60, 60), (90, 64), (120, 60))
    layer = layer_commands.add_paint_layer(document)
    say(document=document.identity, painted=int((document.mask.read(document.canvas) > 0).sum()))
    studio.edit.is_live = told.live
    studio.flush()
    if not told.live:
        window.generate()
    strokes = endless_strokes(studio, layer)
    timer = QTimer(interval=700 if told.live else 40)  # for live the hand has to rest
    timer.timeout.connect(lambda: next(strokes))
    timer.start()
    app.exec()


def endless_strokes(studio: Studio, layer: PaintLayer):
    number = 0
    while True:
        with studio.document.begin("Paint"):
            layer.tiles.fill(stroke_at(number), (0, 0, 255, 255))
        number += 1
        studio.documents.when_kept(lambda number=number: say(kept=number))
        yield


def take_saved(path: object, dies: bool) -> None:
    say(saved=str(path))
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
