"""Sheets under way: each cell an ordinary job; put together when the last one is on the disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QImage

from desktop.state.job import Job
from desktop.state.kept_file import KeptFile, read_kept
from desktop.state.messages import Level
from desktop.state.result import Result
from desktop.state.thumbnails import thumbnail_of
from engine.api.errors import BadRequest, EngineError, ModelNotFound
from engine.api.model_info import ModelInfo
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library import folders
from engine.sheets.axis import AxisKind
from engine.sheets.sheet import Cell, Place, Sheet, place_of

if TYPE_CHECKING:
    from desktop.state.studio import Studio

log = logging.getLogger("jobs")

translate = QCoreApplication.translate

INCOMPLETE = "sheet-incomplete"
"""The topic of the offer to make what is missing."""
FORMAT = 1


@dataclass
class SheetWork:
    """A sheet and what is made of it."""

    sheet: Sheet
    files: dict[Place, Path] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return len(self.files) == self.sheet.count

    def to_json(self) -> dict[str, Any]:
        files = [[*place, str(path)] for place, path in self.files.items()]
        return {"sheet": self.sheet.to_json(), "files": files}

    @staticmethod
    def from_json(data: Any) -> SheetWork:
        """Raises `BadRequest`, or what Python raises of a damaged form."""
        files = {Place(x, y, z): Path(path) for x, y, z, path in data["files"]}
        return SheetWork(Sheet.from_json(data["sheet"]), files)


def words() -> Mapping[AxisKind, str]:
    """What stands before an axis' values, in the artist's language."""
    return {
        AxisKind.SEEDS: translate("Sheets", "Seed"),
        AxisKind.GUIDANCE: translate("Sheets", "Guidance"),
        AxisKind.STEPS: translate("Sheets", "Steps"),
        AxisKind.STRENGTH: translate("Sheets", "Strength"),
    }


def put_together_and_save(
    work: SheetWork, folder: Path, template: str, said: Mapping[AxisKind, str]
) -> tuple[Path, Recipe, QImage]:
    """The sheet's picture into the library. Raises `CannotSave`. For the disk pool."""
    # Pillow and the metadata writers are loaded with the first picture, not with the window
    from engine.library.names import DEFAULT_TEMPLATE, next_number, picture_name
    from engine.library.pictures import encode_picture, read_metadata
    from engine.library.save import save_new
    from engine.sheets.made import MadeCell, put_together

    made = {}
    for place, path in work.files.items():
        try:
            recipe = read_metadata(path).recipe
        except EngineError:
            continue  # its place stays empty
        if recipe is not None:
            made[place] = MadeCell(path, recipe)
    pixels, recipe = put_together(work.sheet, made, said)
    number = next_number(folder)
    try:
        name = picture_name(template, recipe, number)
    except BadRequest:
        name = picture_name(DEFAULT_TEMPLATE, recipe, number)
    path = save_new(folder, name, encode_picture(pixels, recipe))
    return path, recipe, thumbnail_of(pixels)


class Sheets(QObject):
    """What is not put together yet is in a file, so that a kill loses no more than the cell in work."""

    changed = Signal()
    """A sheet was begun, a cell of one was made, or one was finished or given up."""
    finished = Signal(object)
    """`Result`: the sheet's own picture, in the library."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.works: dict[str, SheetWork] = {}
        """By the sheets' ids."""
        self.file = KeptFile(
            folders.data_folder() / "sheets.json", self._content, studio.background, parent=self
        )
        self.file.could_not_save.connect(studio.say_failed)
        studio.jobs.picture_saved.connect(self._take_saved)
        studio.jobs.changed.connect(self._look_whether_it_stopped)
        studio.jobs.removed.connect(self._look_whether_it_stopped)

    def cells(self, sheet: Sheet) -> list[Cell]:
        """In the order of work. Raises `EngineError` where the sheet cannot be made."""
        return sheet.cells(self._info)

    def _info(self, name: str) -> ModelInfo:
        info = self._studio.models.get(name)
        if info is None:
            raise ModelNotFound(f"There is no model {name!r}. Choose one of the list.", name=name)
        return info

    def begin(self, sheet: Sheet) -> list[Job]:
        """Queue every cell that is not made yet; none (said) where it cannot be."""
        try:
            cells = self.cells(sheet)
        except EngineError as error:
            self._studio.say_failed(error)
            return []
        self._studio.messages.withdraw(INCOMPLETE)
        work = self.works.setdefault(sheet.id, SheetWork(sheet))
        jobs = self._studio.jobs.enqueue_all([cell.request for cell in cells if cell.place not in work.files])
        self._studio.viewing.follow()
        self._changed()
        self.file.flush()  # before the first cell can be made
        return jobs

    def cancel(self, sheet_id: str) -> None:
        """Its jobs that wait or run; pictures that are made stay."""
        for job in self.jobs_of(sheet_id):
            self._studio.jobs.cancel(job)

    def resume(self, sheet_id: str) -> list[Job]:
        """Queue what is missing of a sheet that was cancelled, failed in part or is of an earlier session."""
        work = self.works.get(sheet_id)
        return [] if work is None or self.jobs_of(sheet_id) else self.begin(work.sheet)

    def jobs_of(self, sheet_id: str) -> list[Job]:
        """Those that are not over."""
        return [job for job in self._studio.jobs.jobs if not job.is_over and _sheet_of(job) == sheet_id]

    def restore(self) -> None:
        """Go on with what an earlier session began: its jobs wait again, its cells are on the disk."""
        for data in self._kept_sheets():
            try:
                work = SheetWork.from_json(data)
            except (BadRequest, KeyError, TypeError, ValueError) as error:
                log.info("a sheet cannot be read: %s", error)
                continue
            work.files = {place: path for place, path in work.files.items() if path.exists()}
            self.works.setdefault(work.sheet.id, work)
        for sheet_id in list(self.works):
            self._take_cells_of_before(sheet_id)
            self._finish_if_complete(sheet_id)
            self._offer_missing(sheet_id)

    def _kept_sheets(self) -> list[Any]:
        data, _ = read_kept(self.file.path)
        sheets = data.get("sheets")
        return sheets if isinstance(sheets, list) else []

    def _take_cells_of_before(self, sheet_id: str) -> None:
        """A picture that was saved a moment before a kill is in the journal, not yet in our file."""
        for job in self._studio.jobs.jobs:
            told = place_of(job.request) if isinstance(job.request, GenerationRequest) else None
            if told is not None and told[0] == sheet_id and job.results:
                self.works[sheet_id].files.setdefault(told[1], job.results[0].path)

    def _content(self) -> dict[str, Any]:
        return {"format": FORMAT, "sheets": [work.to_json() for work in self.works.values()]}

    def _take_saved(self, job: Job, result: Result) -> None:
        told = place_of(job.pictures) if isinstance(job.request, GenerationRequest) else None
        if told is None or told[0] not in self.works:
            return
        self.works[told[0]].files[told[1]] = result.path
        self._changed()
        self._finish_if_complete(told[0])

    def _finish_if_complete(self, sheet_id: str) -> None:
        if self.works[sheet_id].is_complete:
            self._put_together(sheet_id)

    def _put_together(self, sheet_id: str) -> None:
        """With what there is of it."""
        work, settings = self.works[sheet_id], self._studio.settings
        self._studio.messages.withdraw(INCOMPLETE)
        self._studio.background.run(
            put_together_and_save,
            work,
            settings.library_path,
            settings.name_template,
            words(),
            done=lambda saved: self._take_sheet(sheet_id, *saved),
            failed=self._studio.say_failed,
        )

    def _take_sheet(self, sheet_id: str, path: Path, recipe: Recipe, thumbnail: QImage) -> None:
        self.works.pop(sheet_id, None)
        result = Result(path, recipe, thumbnail)
        self._studio.pictures.keep(result)
        self._changed()
        self._studio.messages.info(self.tr("The sheet is in the gallery."))
        self.finished.emit(result)

    def _look_whether_it_stopped(self, job: Job) -> None:
        sheet_id = _sheet_of(job)
        if sheet_id and (job.is_over or job not in self._studio.jobs.jobs):
            self._offer_missing(sheet_id)

    def _offer_missing(self, sheet_id: str) -> None:
        """Nothing of it waits any more, and it is not whole: the artist says what becomes of it."""
        work = self.works.get(sheet_id)
        if work is None or work.is_complete or self.jobs_of(sheet_id):
            return
        missing = work.sheet.count - len(work.files)
        if not work.files:
            self._give_up(sheet_id)
            return
        text = self.tr("%n picture(s) of the sheet were not made.", "", missing)
        self._studio.messages.offer(
            Level.INFO,
            text,
            self.tr("Make them"),
            lambda: self.resume(sheet_id),
            INCOMPLETE,
            self.tr("Show it as it is"),
            lambda: self._put_together_if_there(sheet_id),
        )

    def _put_together_if_there(self, sheet_id: str) -> None:
        if sheet_id in self.works:
            self._put_together(sheet_id)

    def _give_up(self, sheet_id: str) -> None:
        self.works.pop(sheet_id, None)
        self._changed()

    def _changed(self) -> None:
        self.file.write_soon()
        self.changed.emit()


def _sheet_of(job: Job) -> str:
    told = place_of(job.request) if isinstance(job.request, GenerationRequest) else None
    return told[0] if told is not None else ""
