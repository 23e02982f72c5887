"""A studio in a process of its own, to be killed; says on stdout, a JSON line each, what is confirmed.

python child_studio.py PROMPT... [--images N] [--run] [--with-torch]
"""

from __future__ import annotations

import argparse
import json
import sys

from PySide6.QtCore import QCoreApplication
from toy_worker import toy_process

from desktop.state.studio import Studio


def say(**form: object) -> None:
    sys.stdout.write(json.dumps(form) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("prompts", nargs="*")
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--with-torch", action="store_true", help="the engine that Lienzo starts by itself")
    told = parser.parse_args()
    app = QCoreApplication([])
    studio = Studio(None if told.with_torch else toy_process())
    studio.generation.model = "toy"
    studio.messages.offered.connect(lambda offer: say(offer=offer.text))
    studio.messages.said.connect(lambda level, text: say(said=text))
    studio.jobs.picture_saved.connect(lambda job, result: say(saved=str(result.path), job=job.id))
    studio.jobs.changed.connect(lambda job: leave_when_done(app, studio))

    def begin() -> None:
        say(queue=[[job.id, job.request.prompt, job.state] for job in studio.jobs.jobs])
        generation = studio.generation
        generation.width = generation.height = 64
        generation.images = told.images
        for prompt in told.prompts:
            generation.prompt = prompt
            job = studio.generate()
            assert job is not None
            say(queued=job.id)
        if told.run:
            studio.jobs.resume()

    studio.ready.connect(begin)
    studio.start()
    app.exec()
    studio.close()
    say(torch="torch" in sys.modules, widgets="PySide6.QtWidgets" in sys.modules)


def leave_when_done(app: QCoreApplication, studio: Studio) -> None:
    if studio.jobs.jobs and all(job.is_over for job in studio.jobs.jobs):
        app.quit()


if __name__ == "__main__":
    main()
