"""The viewer: a list of pictures, one of them large, two of them compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from desktop.bridge.pixels import to_qimage
from desktop.canvas.picture import CanvasPicture
from desktop.gallery.viewer.captions import Captions
from desktop.gallery.viewer.differing import Differing
from desktop.gallery.viewer.header import ViewerHeader
from desktop.gallery.viewer.info import InfoPanel
from desktop.gallery.viewer.opened import OpenedPictures
from desktop.gallery.viewer.reel import Reel
from desktop.gallery.viewer.stage import Mode, Stage
from desktop.gallery.viewer.steps import StepScrubber
from desktop.gallery.viewer.strip import ViewerStrip
from desktop.gallery.viewer.thumbs import Thumbs
from desktop.state.job import KeptStep
from desktop.state.kept_steps import job_of, steps_of
from desktop.state.result import Result
from desktop.state.studio import Studio
from desktop.state.viewing import Shown, ShownKind
from engine.api.images import Extent

SLIDE_MS = 4_000
INFO_PX = 340
REMEMBERED = "viewer"


class Viewer(QWidget):
    """Takes paths and knows nothing of who found them."""

    closed = Signal()
    shown_changed = Signal()
    """Another picture is looked at, or it was read now."""
    menu_asked = Signal(QPoint)
    """A place on the screen; the menu is of the picture looked at."""
    full_screen_asked = Signal(bool)

    def __init__(
        self, studio: Studio, opened: OpenedPictures, thumbs: Thumbs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self._opened = opened
        self._reel = Reel()
        self.mode = Mode.ONE
        self.is_bare = False
        self._was_full_screen = False
        self.header = ViewerHeader()
        self.stage = Stage()
        self.differing = Differing(self.stage, studio.looking, studio.say_failed, self)
        self.steps = StepScrubber()
        self.strip = ViewerStrip(thumbs)
        self.info = InfoPanel()
        self._captions = Captions(self.header, self.info, opened, self)
        self._slides = QTimer(self, interval=SLIDE_MS)
        self._lay_out()
        self._wire()
        self._restore()

    # what is looked at

    @property
    def paths(self) -> Sequence[Path]:
        return self._reel.paths

    @property
    def index(self) -> int:
        """Of the picture that is looked at."""
        return self._reel.index

    @property
    def current(self) -> Path | None:
        return self._reel.current

    @property
    def pinned(self) -> Path | None:
        """What the present picture is compared with."""
        return self._reel.pinned

    def view(self, paths: Sequence[Path], index: int = 0, against: int | None = None) -> None:
        """Look at `paths[index]`, the others in the strip; compared with `paths[against]` where given."""
        self._reel = Reel(paths, index, against)
        self.mode = Mode.ONE if against is None else Mode.SIDE
        self.strip.items.set_paths(self._reel.paths)
        self.stage.zoom_to_fit()
        self._show()

    def go(self, by: int) -> None:
        """To the picture before or after; the ends stay, but for a slide show, which begins anew."""
        if self.paths:
            self.go_to(self._reel.place(by, turns_round=self.is_showing_slides))

    def go_to(self, index: int) -> None:
        if self._reel.go_to(index):
            self._show()

    def forget(self, path: Path) -> None:
        """It was removed: its neighbour takes its place; without one there is nothing to see here."""
        self._opened.forget(path)
        if not self._reel.forget(path):
            return
        self.mode = Mode.ONE
        self.strip.items.set_paths(self._reel.paths)
        if self.paths:
            self._show()
        else:
            self.leave()

    def take_back(self, path: Path) -> None:
        """It is there again, and looked at, where it was in the strip."""
        if self._reel.take_back(path):
            self.mode = Mode.ONE
            self.strip.items.set_paths(self._reel.paths)
            self._show()

    def subject(self) -> Shown:
        """The picture (or step) looked at, as commands take it."""
        path = self.current
        if path is None:
            return Shown()
        step, job = self.steps.step, self.steps.job
        if step is not None and job is not None:
            return Shown(ShownKind.STEP, step.preview, job.pictures.extent, job, step)
        opened = self._opened.get(path)
        pixels = opened.pixels if opened is not None else None
        size = Extent(pixels.shape[1], pixels.shape[0]) if pixels is not None else Extent(0, 0)
        return Shown(ShownKind.RESULT, pixels, size, result=self._result(path))

    # comparing

    def compare(self, mode: Mode) -> None:
        """With the picture that is looked at now; the same once more leaves it."""
        if mode is Mode.ONE or mode is self.mode or len(self.paths) < 2:
            self._reel.unpin()
            self.mode = Mode.ONE
        else:
            self._reel.pin()
            self.mode = mode
        self._show()

    def swap(self) -> None:
        """The two that are compared change sides."""
        if self._reel.swap():
            self._show()

    # the room it takes

    def set_bare(self, is_bare: bool) -> None:
        """Only the picture, or all again."""
        self.is_bare = is_bare
        self.stage.main.shows_focus = not is_bare
        self.header.setHidden(is_bare)
        self.strip.setHidden(is_bare)
        self.info.setVisible(self.header.info.isChecked() and not is_bare)
        if is_bare:
            self.steps.hide()
        else:
            self._offer_steps()
        self.stage.main.setFocus()

    def toggle_info(self) -> None:
        self.header.info.toggle()

    def toggle_slides(self) -> None:
        """One picture after the other, over the whole screen; the same once more ends it."""
        if self.is_showing_slides:
            self._end_slides()
        elif self.paths:
            self.compare(Mode.ONE)
            self._was_full_screen = self.is_bare
            self._slides.start()
            self.full_screen_asked.emit(True)

    @property
    def is_showing_slides(self) -> bool:
        return self._slides.isActive()

    def leave(self) -> None:
        """One thing at a time: the slide show, the full screen, comparing, then the viewer itself."""
        if self.is_showing_slides:
            self._end_slides()
        elif self.is_bare:
            self.full_screen_asked.emit(False)
        elif self.mode is not Mode.ONE and self.paths:
            self.compare(Mode.ONE)
        else:
            self.closed.emit()

    @property
    def areas(self) -> list[QWidget]:
        """Its parts, for going round with F6."""
        return [self.stage.main, self.strip, self.info, self.header]

    def take_focus(self) -> None:
        self.stage.main.setFocus()

    # inside

    def _lay_out(self) -> None:
        self.body = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stage, 1)
        column.addWidget(self.steps)
        self.body.addWidget(middle)
        self.body.addWidget(self.info)
        self.body.setStretchFactor(0, 1)
        self.body.setSizes([900, INFO_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.strip)

    def _wire(self) -> None:
        header, stage = self.header, self.stage
        header.back.clicked.connect(self._close)
        header.mode_chosen.connect(self._choose_mode)
        header.gain_chosen.connect(self._choose_gain)
        header.gains.set_value(self.differing.gain)
        header.swap.clicked.connect(self.swap)
        header.zoom.clicked.connect(stage.zoom_to_fit)
        header.slides.clicked.connect(self.toggle_slides)
        header.full_screen.clicked.connect(lambda: self.full_screen_asked.emit(not self.is_bare))
        header.info.toggled.connect(self._show_info)
        stage.zoom_changed.connect(header.show_zoom)
        self.strip.chosen.connect(self.go_to)
        self.strip.menu_asked.connect(self.menu_asked)
        self.steps.step_chosen.connect(self._show_step)
        self._slides.timeout.connect(lambda: self.go(1))
        self._opened.changed.connect(self._on_opened)
        self.differing.made.connect(self._on_opened)
        self._studio.pictures.gone.connect(self._on_gone)
        self._studio.pictures.restored.connect(self._on_restored)

    def _restore(self) -> None:
        shows_info = self._studio.settings.panel_states.get(REMEMBERED, {}).get("info", True)
        self.header.info.setChecked(bool(shows_info))
        self.info.setVisible(bool(shows_info))

    def _show_info(self, is_shown: bool) -> None:
        self._studio.settings.remember_panel(REMEMBERED, {"info": is_shown})
        self.info.setVisible(is_shown and not self.is_bare)

    def _choose_mode(self, mode: Mode) -> None:
        if mode is not self.mode:
            self.compare(mode)

    def _choose_gain(self, gain: int) -> None:
        self.differing.gain = gain
        self._show()

    def _close(self) -> None:
        self._reel.unpin()
        self.mode = Mode.ONE
        self.closed.emit()

    def _end_slides(self) -> None:
        self._slides.stop()
        if not self._was_full_screen:
            self.full_screen_asked.emit(False)

    def _on_opened(self, path: Path) -> None:
        if path in (self.current, self.pinned):
            self._show_pictures()
            self._captions.show(self._reel)
            self.shown_changed.emit()

    def _on_gone(self, result: Result) -> None:
        self.forget(result.path)

    def _on_restored(self, result: Result, _: object) -> None:
        self.take_back(result.path)

    def _show(self) -> None:
        """Everything, after another picture or mode was chosen."""
        self._opened.want(self._reel.wishes())
        pinned = self._reel.pinned_index
        self.strip.set_current(self.index, -1 if pinned is None else pinned)
        self.header.show_mode(self.mode, len(self.paths) > 1)
        self._offer_steps()
        self._show_pictures()
        self._captions.show(self._reel)
        if self.is_showing_slides:
            self._slides.start()  # the whole time for each
        self.shown_changed.emit()

    def _show_pictures(self) -> None:
        if self.current is None:
            return
        current, pinned = self._opened.get(self.current), self._opened.get(self.pinned)
        names = (self.pinned.name, self.current.name) if self.pinned is not None else ("", "")
        match self.mode:
            case Mode.ONE if self.steps.step is not None:
                self._show_step(self.steps.step)
            case Mode.ONE:
                self.stage.show_one(current, str(self.current))
            case Mode.SIDE:
                self.stage.show_side(pinned, current, (str(self.pinned), str(self.current)), names)
            case Mode.SLIDER:
                self.stage.show_slider(pinned, current, str(self.current), names)
            case Mode.DIFFERENCE:
                self.differing.show(pinned, current, names)
        self.header.show_zoom(self.stage.main.zoom)

    def _show_step(self, step: KeptStep | None) -> None:
        if step is None or step.preview is None or self.steps.job is None:
            self._show_pictures()
        else:
            extent = tuple(self.steps.job.pictures.extent)
            self.stage.main.show_picture(CanvasPicture(to_qimage(step.preview), extent))  # type: ignore[arg-type]
        self.shown_changed.emit()

    def _offer_steps(self) -> None:
        result = self._result(self.current) if self.current is not None else None
        found = job_of(self._studio.jobs.jobs, result) if result is not None else None
        fits = found is not None and self.mode is Mode.ONE and not self.is_bare
        self.steps.offer(found[0] if found else None, steps_of(*found) if found and fits else [])

    def _result(self, path: Path) -> Result:
        """Of this session where it is one; else as the file tells."""
        known = next((item for item in self._studio.pictures.items if item.path == path), None)
        if known is not None:
            return known
        opened = self._opened.get(path)
        metadata = opened.metadata if opened is not None else None
        return Result(path, metadata.recipe if metadata is not None else None)

    # keys and menu

    def event(self, event: QEvent) -> bool:
        """Esc leads back from here, whatever it stops elsewhere."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left | Qt.Key.Key_Up | Qt.Key.Key_PageUp:
                self.go(-1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down | Qt.Key.Key_PageDown:
                self.go(1)
            case Qt.Key.Key_Home if control:
                self.go_to(0)
            case Qt.Key.Key_End if control:
                self.go_to(len(self.paths) - 1)
            case Qt.Key.Key_Escape | Qt.Key.Key_Backspace:
                self.leave()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._close()
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())
