"""The real queue on a disk that is full: `python full_disk.py FOLDER`; says what happened, a line each."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from studios import toy_request
from toy_engine import ToyEngine

from desktop.state.jobs import JobState
from desktop.state.messages import Offer
from desktop.state.studio import Studio
from engine.library.pictures import read_metadata


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(disk: Path) -> None:
    app = QCoreApplication([])
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            pass  # now it is full
    studio = Studio(ToyEngine())
    studio.settings.library_folder = str(disk / "pictures")
    offers: list[Offer] = []
    studio.messages.offered.connect(offers.append)

    def wait(condition) -> None:
        while not condition():
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)

    studio.start()
    wait(lambda: studio.is_ready)
    job = studio.jobs.enqueue(toy_request("a cat"))
    assert job is not None
    wait(lambda: any(offer.topic == "saving" for offer in offers))
    assert studio.jobs.is_paused and job.state is JobState.RUNNING
    say(f"paused, {len(list(disk.rglob('*.part')))} parts")
    ballast.unlink()
    next(offer for offer in offers if offer.topic == "saving").action()
    wait(lambda: job.state is JobState.DONE)
    say("done")
    recipe = read_metadata(job.results[0].path).recipe
    say(recipe.request.prompt if recipe is not None else "no recipe")
    studio.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
