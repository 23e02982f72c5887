"""The real window with an artist who asks for a picture as soon as it is there. Takes its options."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.app import main
from desktop.window import MainWindow

LOOK_MS = 5


def generate_when_there(timer: QTimer) -> None:
    for window in QApplication.topLevelWidgets():
        if isinstance(window, MainWindow) and window.isVisible():
            timer.stop()
            window.studio.generation.prompt = "a dog"
            window.generate()


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    timer = QTimer(app, interval=LOOK_MS)
    timer.timeout.connect(lambda: generate_when_there(timer))
    timer.start()
    sys.exit(main(sys.argv[1:]))
