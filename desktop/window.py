"""The window: picture, prompt and filmstrip on the left, what one sets on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QSplitter, QVBoxLayout, QWidget

from desktop import actions
from desktop.bridge.pixels import from_qimage
from desktop.canvas.view import CanvasView
from desktop.chosen import Chosen
from desktop.command import Menu, Where, menu_titles
from desktop.dialogs.dialogs import Dialogs
from desktop.dialogs.document_dialogs import DocumentDialogs
from desktop.gallery.looking import Looking
from desktop.gallery.picture_dialogs import PictureDialogs
from desktop.gallery.viewer.stage import Stage
from desktop.gallery.viewer.viewer import Viewer
from desktop.gallery.work import GalleryWork
from desktop.going import Going
from desktop.page_makers import page_makers
from desktop.panels import remembered
from desktop.panels.canvas_generation import CanvasGeneration
from desktop.panels.canvas_work import CanvasWork
from desktop.panels.generating import Generating
from desktop.panels.last_removals import LastRemovals
from desktop.panels.map_work import MapWork
from desktop.panels.message_board import MessageBoard
from desktop.panels.pages import Pages
from desktop.panels.picture_menu import PICTURE_MENU, picture_menu
from desktop.panels.picture_work import PictureWork
from desktop.panels.places import Place
from desktop.panels.question_bar import QuestionBar
from desktop.panels.regions import RegionWork
from desktop.panels.side_column import USUAL_PX, SideColumn
from desktop.panels.toolbox import Toolbox
from desktop.panels.top_bar import TopBar
from desktop.panels.work_area import WorkArea
from desktop.raster import opencv
from desktop.showing import Showing
from desktop.state.studio import Studio
from desktop.tools.workbench import Workbench
from desktop.view_modes import ViewModes
from desktop.wiring import wire
from engine.api.events import Ready

USUAL_SIZE = QSize(1440, 900)
FRAME = QSize(4, 40)
"""What a window manager takes around a window, before one knows: its title bar and its borders."""
SMALLEST_SIZE = (960, 600)


def usual_size(available: QSize) -> QSize:
    """The size of a first start: never more than the screen has to give."""
    return USUAL_SIZE.boundedTo(available - FRAME)


class MainWindow(QMainWindow):
    """Built from the state, and built anew when the language changes: no widget holds anything of its own."""

    canvas: CanvasView
    side: SideColumn

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.ready: Ready | None = None
        self.pictures = PictureWork(studio, self)
        self.removals = LastRemovals(studio, self)
        self.bench = Workbench(studio.settings, self)
        self.painting = CanvasWork(studio, self.bench, self)
        self.dialogs = Dialogs(studio, self)
        self.documents = DocumentDialogs(studio, self)
        self.picture_dialogs = PictureDialogs(studio, self)
        self.looking = Looking(studio, self)
        self.pictures.look = lambda: self.going.subject()
        self.gallery = GalleryWork(studio, self.dialogs.choose_folder, self)
        self.gallery.is_shown = lambda: self.going.is_gallery
        self.pictures.look_at_all = self.gallery.paths
        self.modes = ViewModes(self, self)
        self.showing = Showing(self, self)
        self._refreshing = QTimer(self, singleShot=True, interval=0)
        self._refreshing.timeout.connect(self.refresh_commands)
        self._rebuilding = QTimer(self, singleShot=True, interval=0)
        self._rebuilding.timeout.connect(self._rebuild)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(usual_size(self.screen().availableSize()))
        self._build()
        self._follow()
        remembered.restore_geometry(studio.settings, self)
        self.prompt.take_focus()

    # building

    def _build(self) -> None:
        self.table = actions.commands()
        self.content = QWidget()
        self.content.setProperty("surface", "window")
        self.actions_by_id = actions.make_actions(self, self.table, self.content)
        self.menu = self._make_menu()
        self.top_bar = TopBar(self.studio, self.menu, self.ready)
        self.question = QuestionBar()
        self.toolbox = Toolbox(self.bench)
        self.work = WorkArea(self.studio, self.bench)
        self.canvas, self.prompt, self.filmstrip = self.work.canvas, self.work.prompt, self.work.filmstrip
        self.toolbox.taken.connect(self.canvas.setFocus)
        self.side = SideColumn(self.studio)
        self.map_work = MapWork(
            self.studio, self.bench, self.side.maps, self.dialogs.choose_picture, self.showing.open_to_steer
        )
        self.region_work = RegionWork(
            self.studio, self.bench, self.side.regions, self.showing.open_to_steer, self.generate
        )
        self.going = Going(self, self.content)
        self.chosen = Chosen(self)
        self.generating = Generating(self.studio, self.prompt, self.side.settings, self.documents.open)
        self.body = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self.painting.use_view(self.canvas)
        self.on_canvas = CanvasGeneration(self.studio, self.painting, self.canvas)
        self.body.addWidget(self.work)
        self.body.addWidget(self.side)
        self.body.setStretchFactor(0, 1)
        self.body.setSizes([self.width() - USUAL_PX, USUAL_PX])
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addWidget(self.question)
        self.pages = Pages(self._make_body(), page_makers(self))
        layout.addWidget(self.pages, 1)
        self.board = MessageBoard(self.studio.messages, self.canvas, self.question)
        self.setCentralWidget(self.content)
        wire(self)
        remembered.restore_splitters(self.studio.settings, self._splitters())
        self.modes.show_bare()
        self.showing.show_all()
        self.refresh_commands()

    def _make_body(self) -> QWidget:
        page = QWidget()
        body = QHBoxLayout(page)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.toolbox)
        body.addWidget(self.body, 1)
        return page

    def _make_menu(self) -> QMenu:
        menu = QMenu(self.content)
        titles = menu_titles()
        for kind in Menu:
            part = menu.addMenu(titles[kind])
            part.addActions(
                [self.actions_by_id[command.id] for command in self.table if command.menu is kind]
            )
        recent = QMenu(menu)
        recent.aboutToShow.connect(lambda: self.documents.fill_recent(recent))
        self.actions_by_id["recent"].setMenu(recent)
        return menu

    def _follow(self) -> None:
        studio = self.studio
        self.showing.follow()
        self.showing.changed.connect(self.refresh_soon)
        studio.ready.connect(self._load_opencv)
        self.bench.changed.connect(self._on_bench)
        self.bench.said.connect(studio.messages.info)
        studio.engine.engine_ready.connect(self._on_ready)
        studio.ending.may_close.connect(self.close)
        for signal in (studio.jobs.added, studio.jobs.removed, studio.jobs.changed, studio.pictures.changed):
            signal.connect(self.refresh_soon)
        for signal in (self.removals.changed, studio.map_looking.changed):
            signal.connect(self.refresh_soon)
        for signal in (studio.gallery.picked_changed, studio.gallery.steps.changed):
            signal.connect(self.refresh_soon)
        studio.documents.changed.connect(self._follow_document)
        self._follow_document()
        studio.files.title_changed.connect(self._show_title)
        studio.documents.changed.connect(studio.viewing.follow)
        self._show_title()

    def _follow_document(self) -> None:
        document = self.studio.document
        for signal in (document.history_changed, document.active_changed, document.layers_changed):
            signal.connect(self.refresh_soon)
        self.refresh_soon()

    def _show_title(self) -> None:
        """The document's name, with this system's mark where it was changed."""
        self.setWindowTitle(f"{self.studio.files.names.present}[*] – Lienzo")
        self.setWindowModified(self.studio.document.is_modified)

    def _rebuild(self) -> None:
        """The same in another language; what is open stays open."""
        if self.studio.is_closed:
            return
        remembered.keep_splitters(self.studio.settings, self._splitters())
        question, old, place = self.board.question, self.content, self.pages.place
        looked_at = self.viewer
        self._build()
        self.board.ask(question)
        self.go_to(place)
        if looked_at is not None:
            self.view_pictures(looked_at.paths, looked_at.index)
        old.deleteLater()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "_rebuilding"):
            self._rebuilding.start()  # one rebuild for several translators

    # following the state

    def _on_ready(self, ready: Ready) -> None:
        self.ready = ready

    def _load_opencv(self) -> None:
        """In the pool, so that the first stroke does not wait for it."""
        self.studio.background.run(opencv.load)

    def _on_bench(self, name: str) -> None:
        if name == "paints_mask":
            self.refresh_soon()

    def refresh_soon(self, *_: object) -> None:
        self._refreshing.start()

    def refresh_commands(self) -> None:
        actions.refresh(self, self.actions_by_id, self.table)

    # commands

    def undo(self) -> None:
        """The document's last step, else the last removal."""
        if self.going.is_gallery:
            self.studio.gallery.steps.undo()
        elif self.painting.can_undo():
            self.painting.undo()
        else:
            self.removals.undo()

    def redo(self) -> None:
        if self.going.is_gallery:
            self.studio.gallery.steps.redo()
        elif self.painting.can_redo():
            self.painting.redo()
        else:
            self.removals.redo()

    def copy(self) -> None:
        """What is shown: of the document what is selected, else the picture."""
        if self.painting.can_copy():
            self.painting.copy()
        else:
            self.pictures.copy()

    def paste(self) -> None:
        """Onto the document as a layer, else as what the next picture starts from."""
        image = QGuiApplication.clipboard().image()
        if self.painting.can_copy() and not image.isNull():
            self.painting.paste(image)
        else:
            self.side.start_picture.paste()

    def generate(self, at_front: bool = False) -> None:
        """Queue the present settings; see `Generating`."""
        self.go_to(Place.CANVAS)
        self.showing.open_to_change()  # what is seen may have changed since one said so
        self.generating.generate(bool(at_front))

    def generate_first(self) -> None:
        self.generate(at_front=True)

    def is_working(self) -> bool:
        return self.studio.jobs.running is not None or self.studio.map_looking.is_at_work

    def stop(self) -> None:
        """Stop and keep; asked again, cancel. Where no job runs, a network that looks for a map."""
        job = self.studio.jobs.running
        if job is not None and job.is_stopping:
            self.studio.jobs.cancel(job)
        elif job is not None:
            self.studio.jobs.stop_and_keep()
        else:
            self.studio.map_looking.stop()

    def cancel(self) -> None:
        if self.studio.jobs.running is not None:
            self.studio.jobs.cancel(self.studio.jobs.running)
        else:
            self.studio.map_looking.stop()

    # looking

    @property
    def viewer(self) -> Viewer | None:
        """The viewer while it is what one looks at."""
        return self.going.viewer

    @property
    def zoomed(self) -> CanvasView | Stage:
        """What the zoom commands act on."""
        return self.going.zoomed

    def go_to(self, place: Place) -> None:
        """Open one of the window's places."""
        self.going.to(place)

    def view_pictures(self, paths: Sequence[Path], index: int = 0, against: int | None = None) -> None:
        """Look at `paths[index]` large; see `Going.view`."""
        self.going.view(paths, index, against)

    def zoom(self, is_nearer: bool) -> None:
        if self.going.is_gallery:
            self.gallery.zoom(is_nearer)
        else:
            self.zoomed.zoom_by(1.25 if is_nearer else 0.8)

    def choose_reference(self) -> None:
        self.dialogs.choose_picture(self.tr("A picture to take after"), self.side.references.take)

    def choose_start_picture(self) -> None:
        self.dialogs.choose_picture(self.tr("Start from a picture"), self.side.start_picture.start_from)

    def choose_settings_file(self) -> None:
        self.dialogs.choose_picture(self.tr("Take settings from a picture"), self.take_settings)

    def take_settings(self, picture: str | QImage) -> None:
        """From a file; pixels alone say nothing of how they were made, so one starts from them."""
        if isinstance(picture, QImage):
            self.studio.starting.from_pixels(from_qimage(picture), self.tr("Pasted picture"))
        else:
            self.studio.take_settings_from(picture)

    def say_offline(self, address: str) -> None:
        self.studio.messages.info(self.tr("Lienzo stays offline. Save the picture to a file and drop that."))

    def add_model_folder(self) -> None:
        self.dialogs.show_preferences(self.ready).choose_model_folder()

    def place_keys(self, viewer: Viewer) -> None:
        kinds = (Where.VIEWER, Where.PICTURES, Where.FILMSTRIP)
        actions.place_shortcuts(self.actions_by_id, self.table, {kind: [viewer] for kind in kinds})

    # dialogs and menus

    def show_preferences(self) -> None:
        self.dialogs.show_preferences(self.ready)

    def show_about(self) -> None:
        self.dialogs.show_about(self.ready)

    def show_keyboard(self) -> None:
        self.dialogs.show_keyboard(actions.keys_by_menu(self.table))

    def show_palette(self) -> None:
        self.dialogs.show_palette(list(self.actions_by_id.values()))

    def show_picture_menu(self, place: QPoint, entries: Sequence[str] = PICTURE_MENU) -> None:
        self.refresh_commands()
        picture_menu(self.actions_by_id, entries, self).popup(place)

    # what is remembered

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.studio.ending.ask():
            event.ignore()
            return
        remembered.keep_splitters(self.studio.settings, self._splitters())
        remembered.keep_geometry(self.studio.settings, self)
        self.bench.keep()
        self.dialogs.close()
        super().closeEvent(event)

    def _splitters(self) -> dict[str, QSplitter]:
        return {"split.body": self.body, "split.work": self.work}
