"""The steps of one picture, then the pictures so far: click to look back, go on from where one likes."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStackedLayout, QWidget

from desktop.bridge.pixels import to_qimage
from desktop.state.jobs import Job, KeptStep
from desktop.state.kept_steps import job_of, steps_of
from desktop.state.pictures import NOT_OURS
from desktop.state.result import Result
from desktop.state.studio import Studio
from desktop.state.viewing import Shown, ShownKind
from desktop.widgets.label import Label
from desktop.widgets.strip import Group, ImageStrip, StripItem

LONG_SEED = 10**6
Subject = tuple[Job, int]
"""A job and which of its pictures: whose steps are shown."""


class Filmstrip(QWidget):
    """Follows the running picture, unless the artist looks back at another one."""

    view_asked = Signal()
    """Enter or a double click on a finished picture, which is chosen already."""
    menu_asked = Signal(QPoint)
    """The frame under the pointer is chosen already."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._subject: Subject | None = None
        self._things: dict[Hashable, tuple[Job, KeptStep] | Result] = {}
        self.strip = ImageStrip()
        self.strip.current_changed.connect(self._look_at)
        self.strip.opened.connect(self._open)
        self.strip.menu_asked.connect(self._ask_menu)
        # frames stay under the pointer until it is known what the click is the beginning of
        self._settling = QTimer(self, singleShot=True, interval=QApplication.doubleClickInterval())
        self._settling.timeout.connect(self._show_how_it_came)
        self.empty = Label(self.tr("Every step and every picture lines up here."), role="dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.strip)
        self.setFixedHeight(self.strip.sizeHint().height())
        self._follow()

    def go(self, by: int) -> None:
        """To the frame before or after the chosen one."""
        items = self.strip.items
        current = self.strip.current()
        row = items.row_of(current.key) + by if current is not None else items.rowCount() - 1
        if 0 <= row < items.rowCount():
            item = items.item_at(row)
            self.strip.set_current(item.key)
            self._look_at(item)

    def _follow(self) -> None:
        studio = self._studio
        studio.jobs.step_arrived.connect(self._on_step)
        studio.jobs.steps_dropped.connect(self._on_steps_dropped)
        studio.jobs.changed.connect(self._on_job_changed)
        studio.pictures.added.connect(self._on_added)
        studio.pictures.restored.connect(self._on_restored)
        studio.pictures.gone.connect(self._on_removed)
        studio.pictures.changed.connect(self._on_picture_changed)
        studio.viewing.changed.connect(self._on_viewing)
        self.strip.items.set_items(
            Group.RESULT, [self._result_item(result) for result in studio.pictures.items]
        )
        newest = next((job for job in reversed(studio.jobs.jobs) if job.steps), None)
        if newest is not None:
            self._show_steps_of((newest, newest.image_index))
        self._show_which()
        self._on_viewing("shown")

    # what is shown

    def _show_steps_of(self, subject: Subject) -> None:
        self._subject = subject
        job, image_index = subject
        steps = steps_of(job, image_index)
        self.strip.items.set_items(Group.STEP, [self._step_item(job, kept) for kept in steps])
        self._show_which()

    def _show_which(self) -> None:
        has_items = self.strip.items.rowCount() > 0
        self._stack.setCurrentWidget(self.strip if has_items else self.empty)

    def _step_item(self, job: Job, kept: KeptStep) -> StripItem:
        key = step_key(job, kept)
        self._things[key] = (job, kept)
        image = to_qimage(kept.preview) if kept.preview is not None else QImage()
        label = self.tr("step {number}").format(number=kept.index)
        is_last = job is self._studio.jobs.running and kept is job.steps[-1]
        return StripItem(key, Group.STEP, label, image, is_running=is_last)

    def _result_item(self, result: Result) -> StripItem:
        self._things[result] = result
        return StripItem(result, Group.RESULT, **self._result_facts(result))

    def _result_facts(self, result: Result) -> dict:
        request = result.recipe.request if result.recipe is not None else None
        label = self._seed_label(request.sampling.seed) if request is not None else result.path.stem
        if result.is_missing:
            label = self.tr("missing")
        said = f"{label}. {request.prompt}" if request is not None else label
        image = result.thumbnail if result.thumbnail is not None else QImage()
        return {"label": label, "image": image, "description": said, "path": str(result.path)}

    def _seed_label(self, seed: int) -> str:
        """A long number alone fits under its picture."""
        return self.tr("seed {seed}").format(seed=seed) if seed < LONG_SEED else str(seed)

    # what the state says

    def _on_step(self, job: Job, kept: KeptStep) -> None:
        subject = (job, kept.image_index)
        items = self.strip.items
        if subject == self._subject:
            before = items.items(Group.STEP)
            if before:
                items.update(before[-1].key, is_running=False)
            items.add(self._step_item(job, kept))
        elif self._studio.viewing.is_following:
            self._show_steps_of(subject)
        self._show_which()
        self._on_viewing("shown")

    def _on_job_changed(self, job: Job) -> None:
        """A job that is over has no running frame."""
        steps = self.strip.items.items(Group.STEP)
        is_subject = self._subject is not None and job is self._subject[0]
        if is_subject and job.is_over and steps and steps[-1].is_running:
            self.strip.items.update(steps[-1].key, is_running=False)

    def _on_steps_dropped(self, job: Job) -> None:
        if self._subject is not None and self._subject[0] is job:
            self._show_steps_of(self._subject)

    def _on_added(self, result: Result) -> None:
        self.strip.items.add(self._result_item(result))
        self._show_which()
        self._on_viewing("shown")

    def _on_restored(self, result: Result, index: int) -> None:
        if index == NOT_OURS:
            return
        self.strip.items.insert(index, self._result_item(result))
        self._show_which()

    def _on_removed(self, result: Result) -> None:
        items = self.strip.items
        row = items.row_of(result)
        items.remove(result)
        self._things.pop(result, None)
        self._show_which()
        if self._studio.viewing.shown.kind is ShownKind.EMPTY:
            self._show_instead(row)

    def _show_instead(self, row: int) -> None:
        """What was on the canvas is gone: the running picture, or the neighbour, takes its place."""
        items = self.strip.items
        if self._studio.jobs.running is not None:
            self._studio.viewing.follow()
        elif items.rowCount():
            self._look_at(items.item_at(min(max(row, 0), items.rowCount() - 1)))

    def _on_picture_changed(self, result: Result) -> None:
        self.strip.items.update(result, **self._result_facts(result))

    def _on_viewing(self, field: str) -> None:
        if field == "shown":
            key = key_of(self._studio.viewing.shown)
            current = self.strip.current()
            if key != (current.key if current is not None else None):
                self.strip.set_current(key)

    # what the artist does

    def _look_at(self, item: StripItem) -> None:
        thing = self._things.get(item.key)
        if isinstance(thing, Result):
            self._studio.viewing.show_result(thing)
            if self.strip.is_pressing:
                self._settling.start()
            else:
                self._show_how_it_came()
        elif thing is not None:
            self._studio.viewing.show_step(*thing)

    def _open(self, item: StripItem) -> None:
        self._settling.stop()
        self._look_at(item)
        if isinstance(item.key, Result):
            self.view_asked.emit()

    def _show_how_it_came(self) -> None:
        """The steps of the picture that is looked at, where they are still kept."""
        result = self._studio.viewing.shown.result
        subject = job_of(self._studio.jobs.jobs, result) if result is not None else None
        if subject is not None and steps_of(*subject) and subject != self._subject:
            self._show_steps_of(subject)
            self._on_viewing("shown")
            self.strip.bring_current_into_view()

    def _ask_menu(self, item: StripItem, place: QPoint) -> None:
        self.strip.set_current(item.key)
        self._look_at(item)
        self.menu_asked.emit(place)


def step_key(job: Job, kept: KeptStep) -> Hashable:
    return ("step", job.id, kept.image_index, kept.index)


def key_of(shown: Shown) -> Hashable | None:
    """The frame that belongs to what is on the canvas."""
    if shown.result is not None:
        return shown.result
    if shown.step is not None and shown.job is not None:
        return step_key(shown.job, shown.step)
    return None
