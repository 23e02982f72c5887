"""What the studio does once at its start: bring back what was kept, say what was damaged."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.state.job import Job, JobState
from desktop.state.result import Result
from desktop.state.trash import throw_away_leftovers

if TYPE_CHECKING:
    from desktop.state.studio import Studio

log = logging.getLogger("app")
translate = QCoreApplication.translate

RESULTS_SHOWN = 200
"""Pictures of earlier sessions in the filmstrip."""


def say_damaged(studio: Studio) -> None:
    """A damaged settings or draft file was set aside; the defaults serve."""
    for path in (studio.settings.damaged_file, studio.draft.damaged_file):
        if path is not None:
            studio.messages.warning(
                translate("Restoring", "A file with settings was damaged. It was set aside as {name}.").format(
                    name=path.name
                )
            )


def open_journal(studio: Studio, is_safe: bool) -> None:
    """The queue and the pictures as they were confirmed last, after whatever end of the app."""
    # SQLite's file is checked after the first paint
    from engine.library.folders import journal_file
    from engine.library.journal import Journal

    journal = Journal(journal_file())
    studio.journal = journal


def replace_missing_model(studio: Studio) -> None:
    """The model of the draft or the preferences is gone: say so and take one that is there."""
    wanted = studio.generation.model
    info = studio.models.get(studio.settings.default_model) or next(iter(studio.models.infos), None)
    if info is None:
        return
    studio.messages.warning(
        translate("Restoring", "The model “{name}” is not here any more. {other} is used instead.").format(
            name=wanted, other=info.title
        )
    )
    studio.generation.use_model_defaults(info)


def clean_up(studio: Studio) -> None:
    """What a killed app left half done, in the disk pool: parts of files, removed pictures."""
    studio.background.run(sweep_and_empty, studio.settings.library_path)


def sweep_and_empty(library: Path) -> None:
    # loaded after the first paint
    from engine.library.folders import config_folder, data_folder
    from engine.library.save import sweep

    for folder in (config_folder(), data_folder(), library):
        sweep(folder)
    throw_away_leftovers(library)
