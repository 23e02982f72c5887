"""What the studio does once at its start: bring back what was kept, say what was damaged."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.state.job import JobState
from desktop.state.trash import Trash
from desktop.state.words import say
from engine.api.errors import EngineError

if TYPE_CHECKING:
    from desktop.state.studio import Studio
    from engine.library.journal import Journal, StoredJob

log = logging.getLogger("app")
translate = QCoreApplication.translate

RESULTS_SHOWN = 200
"""Pictures of earlier sessions in the filmstrip."""


def say_damaged(studio: Studio) -> None:
    """A damaged settings or draft file was set aside; the defaults serve."""
    for path in (studio.settings.damaged_file, studio.draft.damaged_file):
        if path is not None:
            studio.messages.warning(
                translate(
                    "Restoring", "A file with settings was damaged. It was set aside as {name}."
                ).format(name=path.name)
            )


@dataclass(frozen=True, eq=False)
class Restored:
    """What the journal knew."""

    journal: Journal
    jobs: list[StoredJob]
    """What waits or failed, in order."""
    results: list[tuple[Path, str]]
    """Path and job id of the newest pictures, oldest first."""
    failure: Exception | None = None
    """Why the journal in use is one that ends with this run."""


def restore(path: Path, library: Path) -> Restored:
    """Open the journal and put right what a crash left. Raises `EngineError`. For the disk pool."""
    # SQLite and the metadata readers are loaded after the first paint
    from engine.library.journal import Journal

    journal = Journal(path)
    try:
        return _put_right(journal, library)
    except BaseException:
        journal.close()
        raise


def _put_right(journal: Journal, library: Path) -> Restored:
    jobs = journal.recover(library)
    over = {JobState.DONE, JobState.CANCELLED}
    if not journal.is_read_only:
        owing = journal.owing_jobs()  # what they saw is still needed
        with journal.together():
            for job in jobs:
                if job.state in over and job.id not in owing:
                    journal.remove(job.id)
    return Restored(
        journal, [job for job in jobs if job.state not in over], journal.recent_results(RESULTS_SHOWN)
    )


def restore_or_do_without(path: Path, library: Path) -> Restored:
    """As `restore`; where no journal can be kept, one that lasts until the end of this run."""
    try:
        return restore(path, library)
    except EngineError as error:
        log.info("no journal: %s", error)
        failure: Exception = error
    except Exception as error:  # whatever is in that file, the app must come up
        log.exception("the journal %s was not understood", path)
        failure = error
    substitute = restore(Path(tempfile.mkdtemp(prefix="lienzo-")) / path.name, library)
    return replace(substitute, failure=failure)


def say_substitute(studio: Studio, failure: Exception) -> None:
    """Why the queue of the last time is not there, and what that means for this one."""
    told = say(failure) if isinstance(failure, EngineError) else ""
    kept = translate(
        "Restoring",
        "The queue of the last time could not be read; its file was left as it is. "
        "What you queue now is kept only until the window is closed.",
    )
    studio.messages.warning(f"{told}\n{kept}".strip())


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
    studio.background.run(sweep_and_empty, studio.settings.library_path, studio.pictures.trash)


def sweep_and_empty(library: Path, trash: Trash) -> None:
    # loaded after the first paint
    from engine.library.folders import config_folder, data_folder, documents_folder
    from engine.library.save import sweep

    for folder in (config_folder(), data_folder(), documents_folder(), library):
        sweep(folder)
    trash.throw_away_leftovers(library)
