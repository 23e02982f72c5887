"""The root of what the app knows and can do; the window is built on it, and so are the tests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from desktop.bridge.background import Background
from desktop.bridge.engine import Engine
from desktop.bridge.engine_process import EngineProcess
from desktop.bridge.engine_thread import EngineThread
from desktop.state import borrowing, remaking, restoring
from desktop.state.arrivals import Arrivals
from desktop.state.borrowing import Part
from desktop.state.branching import branch_request, say_what_to_expect
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.state.document_files import DocumentFiles
from desktop.state.documents import Documents
from desktop.state.downloads import Downloads
from desktop.state.draft import Draft
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.editing.editing import Editing
from desktop.state.editing.look_engines import LookEngines, beside
from desktop.state.editing.made_from import can_be_made_again
from desktop.state.editing.map_looking import MapLooking
from desktop.state.ending import Ending
from desktop.state.enlarging import Enlarging
from desktop.state.exporting import Exporting
from desktop.state.following import Following
from desktop.state.gallery.gallery import Gallery
from desktop.state.gallery.seeing import Seeing
from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue, KeptStep
from desktop.state.learning import Learning
from desktop.state.learnt import LearntList
from desktop.state.long_work import LongWorks
from desktop.state.measuring import Measuring
from desktop.state.messages import Messages
from desktop.state.model_library import ModelLibrary
from desktop.state.models import ModelList
from desktop.state.pictures import Pictures
from desktop.state.reference_places import place_id
from desktop.state.references import References
from desktop.state.saving import PictureSaver
from desktop.state.segmenting import Segmenting
from desktop.state.settings import Settings
from desktop.state.settings_steps import SettingsSteps
from desktop.state.shared_masks import SharedMasks
from desktop.state.sheets import Sheets
from desktop.state.speeds import Speeds
from desktop.state.starting import Starting
from desktop.state.verifying import Verifying
from desktop.state.viewing import Viewing
from desktop.state.vocabulary import Vocabulary
from desktop.state.waiting import Waiting
from desktop.state.wearing import Wearing
from desktop.state.words import say
from engine.api.edit import SeamMode
from engine.api.errors import BadRequest, EngineError
from engine.api.request import GenerationRequest, Speed
from engine.library import folders
from engine.library.disks import FILES
from engine.library.thumbnails.apart import PicturesApart
from engine.worker import Settings as EngineSettings

if TYPE_CHECKING:
    from engine.library.journal import Journal

log = logging.getLogger("app")

NOT_BEGUN = "not-begun"
"""The topic of what keeps a picture from being queued."""

PATIENCE_S = 60.0
"""For what is worked on at the end: a document of many layers is written to a slow disk."""


class Studio(QObject):
    """Made before the window and cheap; `start` (after the first paint) brings in what lies on disk."""

    ready = Signal()
    """The present model is known and the queue is back: requests can be made."""
    closing = Signal()
    """What only looks is to end; then everything is kept."""
    closed = Signal()

    def __init__(
        self, engine: Engine | None = None, parent: QObject | None = None, settings: Settings | None = None
    ) -> None:
        """`engine` defaults to one in a process of its own, `settings` to what lies on disk."""
        super().__init__(parent)
        self.settings = settings or Settings(Background(self), parent=self)
        self.background = self.settings.background
        self.looking = Background(self)
        """A pool for pictures that are looked at, so that saving never waits for it."""
        self.apart = PicturesApart()
        """Decodes them, whoever made them."""
        self.messages = Messages(self)
        self.models = ModelList(self.background, self)
        self.generation = GenerationState(self)
        self.generation.model = self.settings.default_model
        self.generation.speed = Speed(self.settings.speed)
        self.learnt = LearntList(self.background, self)
        self.vocabulary = Vocabulary(self.background, self)
        self.model_library = ModelLibrary(self)
        self.edit = EditSettings(self)
        self.draft = Draft(self.generation, self.edit, self.background, self)
        self.references = References(self.generation, self.messages, self.background, self)
        self.generation.history.entries = list(self.settings.prompt_history)
        self.engine = EngineThread(
            engine or EngineProcess(log_file=folders.log_folder() / "engine.log"), self
        )
        self.pictures = Pictures(self.background, self.messages, self)
        self.gallery = Gallery(self.settings, self.messages, self.pictures.trash, self)
        self.seeing = Seeing(self.gallery, self.model_library, self.settings, self.background, self)
        self.saver = PictureSaver(self.settings, self.background, self)
        self.jobs = JobQueue(self.engine, self.saver, self.pictures, self.messages, self)
        self.learning = Learning(self.generation, self.jobs, self.background, self)
        self.viewing = Viewing(
            self.jobs, self.pictures, self.generation, self.settings, self.background, self
        )
        self.documents = Documents(self.settings, self.messages, self.background, self)
        self.working = LongWorks(self.background, self)
        self.downloads = Downloads(self.working, self)
        self.files = DocumentFiles(self.documents, self.settings, self.messages, self.working, self)
        self.editing = Editing(
            self.edit, self.documents, self.generation, self.jobs, self.models.get, self.background, self
        )
        self.verifying = Verifying(self.engine, self.background, self.messages, self)
        self.segmenting = Segmenting(self.engine, self.working, self.background, self.messages, self)
        self.look_engines = LookEngines(self.engine, self._second_engine if engine is None else None, self)
        self.map_looking = MapLooking(
            self.look_engines, self.editing.map_views, self.working, self.learnt, self
        )
        self.shared_masks = SharedMasks(self.background, self.messages, self)
        self.waiting = Waiting(self.documents, self.working, self)
        self.sheets = Sheets(self, self)
        self.exporting = Exporting(self.messages, self)
        self.enlarging = Enlarging(self)
        self.speeds = Speeds(self)
        self.measuring = Measuring(self)
        self.settings_steps = SettingsSteps(self.generation, self.documents, self.choose_model, self)
        self.starting = Starting(self)
        self.wearing = Wearing(self)
        self.ending = Ending(self, self)
        Arrivals(self)
        self.journal: Journal | None = None
        """Open from a moment after `start` to `close`."""
        self.is_closed = False
        self._was_ready = False
        Following(self)

    def engine_settings(self) -> EngineSettings:
        """What the engine process is started with."""
        model_folders = tuple(Path(folder) for folder in self.settings.model_folders)
        return EngineSettings(device=self.settings.device, model_folders=model_folders)

    def _second_engine(self) -> Engine:
        return EngineProcess(beside(self.engine_settings()), folders.log_folder() / "looks.log")

    # start and end

    def start_engine(self) -> None:
        """Start the engine's thread and process; takes no time here."""
        self.engine.start()

    def start(self, is_safe: bool = False) -> None:
        """Bring back the queue, the pictures and the draft. `is_safe`: after crashes, start no work."""
        restoring.say_damaged(self)
        if is_safe:
            self.jobs.pause()
        else:
            self.start_engine()
        self.models.scan(self.settings.model_folders)
        self.background.run(
            restoring.restore_or_do_without,
            folders.journal_file(),
            self.settings.library_path,
            done=self._take_restored,
        )
        self.draft.load_picture()
        self.vocabulary.look()
        self.references.load()
        self.documents.restore()

    def close(self) -> None:
        """End everything and keep everything; nothing is asked and nothing is left running."""
        if self.is_closed:
            return
        self.is_closed = True
        for pool in (self.background, self.looking):
            pool.end_within(PATIENCE_S)
        with FILES.hurried():  # a disk that hangs holds nobody up
            self._end()

    @property
    def leaves_work(self) -> bool:
        """After `close`: something in the pool did not end in time, and would hold up the process."""
        return self.background.leaves_work or self.looking.leaves_work

    def _end(self) -> None:
        self.closing.emit()
        self.apart.close()
        self.exporting.close()
        self.segmenting.cancel()
        self.map_looking.cancel()
        self.look_engines.close()
        self.jobs.close()
        self.model_library.close()
        self.downloads.close()
        self.background.wait()  # what the engine made just now is put on the canvas before that is kept
        self.gallery.close()
        self.pictures.close()
        self.document.finish()  # what waits for it may be a save
        self.working.finish()
        self.flush()
        self.documents.close()
        self.looking.close()
        self.background.close()
        if self.journal is not None:
            self.journal.close()
        self.closed.emit()

    def flush(self) -> None:
        """What was typed and preferred is on the disk when this returns."""
        self.draft.flush()
        self.references.clean_up()
        self.learning.file.flush()
        self.sheets.file.flush()
        self.settings.flush()
        self.documents.flush()

    @property
    def document(self) -> Document:
        """What is painted on; another one after `documents.changed`."""
        return self.documents.current

    @property
    def is_ready(self) -> bool:
        is_known = self.generation.info is not None or self.models.is_scanned
        return is_known and self.journal is not None

    def say_ready(self) -> None:
        """`ready` is emitted once, when the last of what it waits for is there."""
        if self.is_ready and not self._was_ready:
            self._was_ready = True
            self.ready.emit()

    # what the artist can do

    def generate(self, at_front: bool = False) -> Job | None:
        """Queue the present settings. None where they cannot be (said), and where that takes a moment: for an
        edit of the canvas, for maps and regions, and before `is_ready`."""
        if not self.is_ready:
            self.ready.connect(lambda: self.generate(at_front), Qt.ConnectionType.SingleShotConnection)
            return None
        if not self.generation.seed_locked:
            self.generation.roll_seed()
        if self.edit.intent is Intent.NEW and not self._follows_canvas():
            return self._enqueue(self.generation.to_request, at_front)
        self.editing.ask(self.starting.keep, lambda made: self._queue(made, at_front), self.say_not_begun)
        return None

    def with_present_request(self, use: Callable[[GenerationRequest], object]) -> None:
        """Call `use` with what the panels ask for as a new picture, with its maps; what is wrong is said."""
        if self.edit.intent is Intent.NEW and self._follows_canvas():
            self.editing.ask(self.starting.keep, use, self.say_failed)
            return
        try:
            request = self.generation.to_request()
        except BadRequest as error:
            self.say_failed(error)
        else:
            use(request)

    def _follows_canvas(self) -> bool:
        """True where a new picture has maps, places with words, or references in places."""
        has_places = any(map(place_id, self.generation.references_read()))
        return has_places or any(given.is_on for given in (*self.document.maps, *self.document.regions))

    def remake(self, layer: ResultLayer, anew: bool = False, seam: SeamMode | None = None) -> None:
        """Make a result again from its own recipe into the same layer; see `request_again`."""
        if not can_be_made_again(layer):
            self.messages.info(self.tr("How this layer was made is not known, so it cannot be made again."))
            return
        self.editing.ask_again(layer, self.starting.keep, self._queue, self.say_not_begun, anew, seam)

    def enqueue(self, request: GenerationRequest) -> Job | None:
        """Queue a request as it is; None (said) where it cannot be."""
        return self._enqueue(request.validated, at_front=False)

    def branch(self, job: Job, kept: KeptStep) -> Job | None:
        """Go on from a kept step of `job` with the present prompt and settings."""
        if job.request.model != self.generation.model:
            self.messages.warning(
                self.tr("This step was made by the model {model}. Choose it to branch from here.").format(
                    model=job.request.model
                )
            )
            return None
        if not self.generation.seed_locked and self.generation.adds_noise:
            self.generation.roll_seed()
        made = self._enqueue(lambda: branch_request(self.generation, job, kept), at_front=False)
        if made is not None:
            say_what_to_expect(self, made.pictures)
        return made

    def choose_model(self, name_or_path: str) -> None:
        """Change to a model of the list, or to a folder or file anywhere."""
        info = self.models.get(name_or_path)
        if info is not None:
            self.generation.use_model(info)
        elif self.models.is_scanned:
            self.models.open(name_or_path, self.generation.use_model)
        else:
            self.models.when_scanned(lambda: self.choose_model(name_or_path))

    def take_settings_from(self, path: str | Path, part: Part = Part.ALL) -> None:
        """Prompt and settings (or one of them) of a picture made by Lienzo, A1111 or another program."""
        self.background.run(
            borrowing.read_settings,
            Path(path),
            done=lambda metadata: borrowing.take_settings(self, metadata, part),
            failed=lambda error: self.say_failed(error, borrowing.TAKEN),
        )

    def take_request(self, request: GenerationRequest, part: Part = Part.ALL) -> None:
        """Prompt and settings (or one of them) of a picture or step that is known here."""
        borrowing.take_request(self, request, part)

    def make_again(self, path: Path) -> None:
        """The same picture once more, from its own recipe: to see whether anything changed."""
        remaking.make_again(self, path)

    def vary(self, path: Path, pictures: int = remaking.VARIATIONS) -> None:
        """The same recipe with other seeds."""
        remaking.make_again(self, path, pictures)

    def say_failed(self, error: Exception, topic: str = "") -> None:
        """Where the same can be tried again it has a `topic`, and is withdrawn when that went well."""
        if not isinstance(error, EngineError):
            log.error("unexpected", exc_info=error)
        self.messages.error(say(error), topic)

    def say_not_begun(self, error: Exception) -> None:
        """A picture could not be queued; it is no longer said when one is."""
        self.say_failed(error, NOT_BEGUN)

    # inside

    def _enqueue(self, make_request, at_front: bool) -> Job | None:
        try:
            request = make_request()
        except BadRequest as error:
            self.say_not_begun(error)
            return None
        return self._queue(request, at_front)

    def _queue(self, request: GenerationRequest, at_front: bool = False) -> Job | None:
        self.generation.history.add(request.prompt)
        self.settings.prompt_history = list(self.generation.history.entries)
        self.viewing.follow()
        job = self.jobs.enqueue(request, at_front)
        if job is not None:
            self.messages.withdraw(NOT_BEGUN)
        return job

    def _take_restored(self, restored: restoring.Restored) -> None:
        self.journal = restored.journal
        self.starting.pack_present()
        if restored.failure is not None:
            restoring.say_substitute(self, restored.failure)
        for note in restored.journal.notes:
            self.messages.warning(say(note))
        results = self.pictures.use(restored.journal, restored.results)
        self.jobs.use(restored.journal, restored.jobs, results)
        self.sheets.restore()
        restoring.clean_up(self)  # not before: what lies aside or half written is the journal's to judge
        self.say_ready()
