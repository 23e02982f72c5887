"""What one does with the pictures that are picked in the gallery: by key, by menu, by the command palette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from desktop.gallery.page import GalleryPage
from desktop.state.gallery.gallery import Gallery
from desktop.state.studio import Studio
from desktop.widgets.grid.view import ZOOM_STEP
from engine.library.index.record import PictureRecord

ASKED_PX = 420
"""Width of the dialog that asks for a line of text."""


class GalleryWork(QObject):
    """Acts on the state; `page` is there once one has been to the gallery."""

    def __init__(
        self, studio: Studio, choose_folder: Callable[[str, Callable[[str], object]], None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._studio = studio
        self._choose_folder = choose_folder
        self._window = window
        self.page: GalleryPage | None = None
        self.is_shown: Callable[[], bool] = lambda: False
        """Whether the gallery is the place where one is, and its grid is seen."""

    @property
    def gallery(self) -> Gallery:
        return self._studio.gallery

    def use_page(self, page: GalleryPage) -> None:
        """The page of the present language."""
        self.page = page
        page.folder_asked.connect(self.add_folder)
        page.save_search_asked.connect(self.save_search)
        page.shelf_menu_asked.connect(self.show_shelf_menu)
        page.facets.board_asked.connect(self.new_board)
        page.facets.rename_asked.connect(self.rename_shelf)
        page.facets.delete_asked.connect(self.delete_shelf)

    def has_picked(self) -> bool:
        return self.is_shown() and bool(self.gallery.picked)

    def has_one(self) -> bool:
        return self.is_shown() and self._one() is not None

    def _one(self) -> PictureRecord | None:
        gallery = self.gallery
        only = gallery.picked[0] if len(gallery.picked) == 1 else None
        return gallery.records.get(only) if only is not None else None

    def paths(self) -> Sequence[Path]:
        """Files of all that are picked and there."""
        if not self.is_shown():
            return ()
        return tuple(record.path for record in self.gallery.picked_records() if not record.is_missing)

    # looking

    def search(self) -> None:
        if self.page is not None:
            self.page.search()

    def zoom(self, is_nearer: bool) -> None:
        if self.page is not None:
            self.page.show_size(ZOOM_STEP if is_nearer else 1 / ZOOM_STEP)

    def return_to(self, path: Path | None) -> None:
        """The grid stands at the picture that was looked at last; several that are picked stay so."""
        if self.page is not None and path is not None and self.is_shown():
            self.gallery.with_id(path, self.page.stand_at)

    def save_search(self) -> None:
        """Under its own words, or others."""
        text = self.gallery.searching.text.strip()
        if text:
            self._ask(
                self.tr("Save this search"), self.tr("Name of the search"), text, self.gallery.save_search
            )

    def toggle_stacks(self) -> None:
        searching = self.gallery.searching
        searching.is_stacked = not searching.is_stacked

    def find_like(self) -> None:
        self.gallery.find_like(self.gallery.picked)

    def find_duplicates(self) -> None:
        self.gallery.find_duplicates()

    # saying

    def rate(self, rating: int) -> None:
        self.gallery.marking.rate(self.gallery.picked, rating)

    def label(self, label: str) -> None:
        """The same again takes it away."""
        records = self.gallery.picked_records()
        has_it = bool(records) and all(record.marks.label == label for record in records)
        self.gallery.marking.label(self.gallery.picked, "" if has_it else label)

    def favour(self) -> None:
        records = self.gallery.picked_records()
        is_favourite = bool(records) and all(record.marks.favourite for record in records)
        self.gallery.marking.favour(self.gallery.picked, not is_favourite)

    def tag(self) -> None:
        self._focus(lambda page: page.marks.tags)

    def board(self) -> None:
        self._focus(lambda page: page.marks.boards)

    def note(self) -> None:
        self._focus(lambda page: page.marks.notes)

    def _focus(self, which: Callable[[GalleryPage], QWidget]) -> None:
        if self.page is not None:
            if self.page.columns.sizes()[2] == 0:
                self.page.show_marks()
            which(self.page).setFocus(Qt.FocusReason.ShortcutFocusReason)

    # files

    def rename(self) -> None:
        record = self._one()
        if record is not None:
            self._ask(
                self.tr("Rename"), self.tr("Name of the file"), record.path.stem,
                lambda name: self.gallery.files.rename(record.id, name),
            )  # fmt: skip

    def move(self) -> None:
        ids = list(self.gallery.picked)
        title = self.tr("Move to which folder?")
        self._choose_folder(title, lambda folder: self.gallery.files.move(ids, Path(folder)))

    def trash(self) -> None:
        self.gallery.files.trash(self.gallery.picked)

    def copy(self) -> None:
        """The files; where it is one, its prompt comes along as text for editors that take no files."""
        paths = self.paths()
        if not paths:
            return
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        one = self._one()
        image = self.gallery.thumbnails.image(one.id) if one is not None else None
        is_whole = one is not None and image is not None and image.width() >= one.width
        if image is not None and is_whole:
            data.setImageData(image)  # as large as the file itself
        QGuiApplication.clipboard().setMimeData(data)
        said = self.tr("%n picture(s) are on the clipboard.", "", len(paths))
        self._studio.messages.info(said)

    def add_folder(self) -> None:
        title = self.tr("Add a folder of pictures; they stay where they are")
        self._choose_folder(title, lambda folder: self.gallery.folders.add(Path(folder)))

    def look_again(self) -> None:
        self.gallery.folders.look()

    # undo

    def can_undo(self) -> bool:
        return self.is_shown() and self.gallery.steps.can_undo()

    def can_redo(self) -> bool:
        return self.is_shown() and self.gallery.steps.can_redo()

    # the column on the left

    def show_shelf_menu(self, thing: tuple[str, object], place: QPoint) -> None:
        kind, value = thing
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        gallery = self.gallery
        match kind:
            case "folder":
                assert isinstance(value, Path)
                again = menu.addAction(self.tr("Look at it again"))
                again.triggered.connect(lambda: gallery.folders.look([value]))
                away = menu.addAction(self.tr("Take it out of the gallery (its files stay)"))
                away.triggered.connect(lambda: gallery.folders.remove(value))
            case "board":
                put = menu.addAction(self.tr("Put the picked pictures on it"))
                put.setEnabled(bool(gallery.picked))
                put.triggered.connect(lambda: gallery.marking.board(gallery.picked, [str(value)]))
                take = menu.addAction(self.tr("Take the picked pictures off it"))
                take.setEnabled(bool(gallery.picked))
                take.triggered.connect(lambda: gallery.marking.board(gallery.picked, (), [str(value)]))
                menu.addSeparator()
                self._add_shelf_entries(menu, thing, self.tr("Delete the board (its pictures stay)"))
            case _:
                self._add_shelf_entries(menu, thing, self.tr("Forget this search"))
        menu.popup(place)

    def _add_shelf_entries(self, menu: QMenu, thing: tuple[str, object], delete: str) -> None:
        menu.addAction(self.tr("Rename…")).triggered.connect(lambda: self.rename_shelf(thing))
        menu.addAction(delete).triggered.connect(lambda: self.delete_shelf(thing))

    def new_board(self, with_picked: bool = False) -> None:
        ids = list(self.gallery.picked) if with_picked else []
        self._ask(
            self.tr("New board"), self.tr("Name of the board"), "",
            lambda name: self.gallery.board_work.make(name, ids),
        )  # fmt: skip

    def rename_shelf(self, thing: tuple[str, object]) -> None:
        """A board or a saved search."""
        match thing:
            case ("board", str(board)):
                self._ask(
                    self.tr("Rename"), self.tr("Name of the board"), board,
                    lambda name: name != board and self.gallery.board_work.rename(board, name),
                )  # fmt: skip
            case ("search", search):
                self._ask(
                    self.tr("Rename"), self.tr("Name of the search"), search.title,  # type: ignore[attr-defined]
                    lambda name: self.gallery.rename_search(search, name),  # type: ignore[arg-type]
                )  # fmt: skip

    def delete_shelf(self, thing: tuple[str, object]) -> None:
        """A board or a saved search; undo brings it back."""
        match thing:
            case ("board", str(board)):
                self.gallery.board_work.delete(board)
            case ("search", search):
                self.gallery.remove_search(search)  # type: ignore[arg-type]

    def _ask(self, title: str, label: str, text: str, take: Callable[[str], object]) -> None:
        """For a line of text, without stopping anything."""
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.setTextValue(text)
        dialog.resize(ASKED_PX, dialog.sizeHint().height())
        dialog.textValueSelected.connect(lambda told: take(told.strip()) if told.strip() else None)
        dialog.open()
