"""The Gallery place: what one can narrow to, the pictures, and what is said of those that are picked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.bridge.pixels import from_qimage
from desktop.gallery.facets import FacetColumn
from desktop.gallery.marks import MarksPanel
from desktop.gallery.search_bar import SearchBar
from desktop.gallery.source import GallerySource
from desktop.gallery.status_line import StatusLine
from desktop.panels.icon_button import LabelledButton
from desktop.state.studio import Studio
from desktop.widgets.drop_area import DropArea
from desktop.widgets.grid.content import GridContent
from desktop.widgets.grid.view import USUAL_PX, ImageGrid, Shape
from desktop.widgets.label import Label

REMEMBERED = "gallery"
FACETS_PX, MARKS_PX, NARROWEST_PX = 230, 260, 160


class GalleryPage(QWidget):
    """Three columns; the lines between them can be dragged, the outer ones away."""

    opened = Signal(object)
    """Id of a picture that is to be seen large."""
    menu_asked = Signal(QPoint)
    """What is picked is what it is for."""
    folder_asked = Signal()
    save_search_asked = Signal()
    shelf_menu_asked = Signal(object, QPoint)
    """(kind, value) of a folder, board or saved search, and where."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.gallery = studio.gallery
        self.bar = SearchBar(self.gallery, studio.seeing)
        self.grid = ImageGrid(GallerySource(self.gallery))
        self.grid.setAccessibleName(self.tr("Pictures"))
        self.facets = FacetColumn(self.gallery)
        self.marks = MarksPanel(self.gallery)
        self.status = StatusLine(self.gallery)
        self.empty = self._make_empty()
        self.middle = QStackedWidget()
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self._returned: list[int] = []
        """Back from the trash: to be picked when they are found."""
        self._lay_out()
        self._recall()
        self._wire()
        self.gallery.open()
        self._show_found()

    def take_focus(self) -> None:
        (self.grid if len(self.grid.content) else self.bar.field).setFocus()

    @property
    def areas(self) -> list[QWidget]:
        """What F6 goes round, in its order."""
        return [self.bar, self.grid, self.marks, self.facets]

    def stand_at(self, id: int) -> None:
        """The keyboard to this picture and into view; it alone is picked, unless it is one of several."""
        if id in self.grid.picked_keys():
            self.grid.walk_to(id)
        elif id in self.grid.content.keys:
            self.grid.go_to(id)

    def show_size(self, factor: float) -> None:
        """Larger or smaller pictures."""
        self.grid.zoom_by(factor)

    def show_marks(self) -> None:
        """The right column again, where it was dragged away."""
        facets, middle, marks = self.columns.sizes()
        self.columns.setSizes([facets, max(1, middle + marks - MARKS_PX), MARKS_PX])

    def search(self) -> None:
        """The keyboard to the search field, all of it chosen."""
        self.bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.field.selectAll()

    # building

    def _make_empty(self) -> QWidget:
        page = DropArea(self._welcomes)
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page.setAccessibleName(self.tr("Pictures"))
        page.dropped.connect(self._take_drop)
        self.empty_text = Label(role="desk")
        self.empty_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty_text.setWordWrap(True)
        self.empty_button = LabelledButton("folder-plus", self.tr("Add a folder"))
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.addWidget(self.empty_text)
        layout.addWidget(self.empty_button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
        return page

    def _lay_out(self) -> None:
        self.middle.addWidget(self.grid)
        self.middle.addWidget(self.empty)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.middle, 1)
        column.addWidget(self.status)
        for widget in (self.facets, centre, self.marks):
            self.columns.addWidget(widget)
        self.facets.setMinimumWidth(NARROWEST_PX)
        self.marks.setMinimumWidth(max(NARROWEST_PX, self.marks.narrowest))
        self.columns.setCollapsible(1, False)
        self.columns.setStretchFactor(1, 1)
        self.columns.setSizes([FACETS_PX, 800, MARKS_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.columns)

    def _wire(self) -> None:
        gallery, grid = self.gallery, self.grid
        gallery.searching.found_changed.connect(self._show_found)
        gallery.searching.changed.connect(self._remember)
        gallery.replaced.connect(self._pick_nothing)
        gallery.files.returned.connect(self._take_returned)
        gallery.records.arrived.connect(grid.refresh)
        gallery.thumbnails.arrived.connect(grid.refresh)
        gallery.folders.progressed.connect(self._show_which)
        gallery.folders.changed.connect(self._show_which)
        gallery.learning.progressed.connect(self._show_which)
        grid.picked_changed.connect(self._pick)
        grid.current_changed.connect(self._pick)
        grid.opened.connect(self.opened)
        grid.menu_asked.connect(self.menu_asked)
        grid.stack_toggled.connect(gallery.searching.toggle_stack)
        grid.size_changed.connect(self.bar.show_size)
        grid.size_changed.connect(self._remember)
        grid.welcomes = self._welcomes
        grid.dropped.connect(self._take_drop)
        self.bar.shape_chosen.connect(grid.set_shape)
        self.bar.shape_chosen.connect(self._remember)
        self.bar.size_chosen.connect(grid.set_size)
        self.bar.save_asked.connect(self.save_search_asked)
        self.bar.field.left.connect(self.take_focus)
        self.marks.left.connect(self.take_focus)
        self.bar.field.picture_dropped.connect(self._look_for)
        self.facets.add_folder_asked.connect(self.folder_asked)
        self.facets.menu_asked.connect(self.shelf_menu_asked)
        self.facets.dropped.connect(lambda board: gallery.marking.board(gallery.picked, [board]))
        self.empty_button.clicked.connect(self._help_empty)

    # what is shown

    def _show_found(self) -> None:
        arranged = self.gallery.searching.arranged
        self.grid.set_content(
            GridContent(
                arranged.ids, np.asarray(arranged.aspects), arranged.group_starts, arranged.group_titles
            )
        )
        self._show_which()
        self._pick_returned()

    def _take_returned(self, ids: list[int]) -> None:
        self._returned = ids
        self._pick_returned()

    def _pick_returned(self) -> None:
        """As they were when they were thrown away: what comes next is done to them."""
        if self._returned and np.isin(self._returned, self.grid.content.keys).all():
            self.grid.pick(self._returned)

    def _show_which(self, _: object = None) -> None:
        gallery = self.gallery
        is_empty = not gallery.searching.arranged.count
        self._turn_to(self.empty if is_empty and gallery.searching.is_answered else self.grid)
        if not is_empty:
            return
        self.empty_button.setVisible(not gallery.folders.is_looking)
        if gallery.learning.is_learning:
            self.empty_button.setVisible(False)
            self.empty_text.setText(self.tr("Looking for pictures…"))
        elif gallery.searching.text or gallery.searching.like is not None:
            self.empty_text.setText(self.tr("No picture is like that."))
            self.empty_button.set_words(self.tr("Show all"))
        elif gallery.folders.is_looking:
            self.empty_text.setText(self.tr("Looking for pictures…"))
        else:
            self.empty_text.setText(
                self.tr("Pictures that you make come here by themselves; others stay where they are.")
            )
            self.empty_button.set_words(self.tr("Add a folder"))

    def _turn_to(self, page: QWidget) -> None:
        """The keyboard stays in the middle: Qt would send it to the next place in the window."""
        if page is self.middle.currentWidget():
            return
        had_focus = any(widget.hasFocus() for widget in (self.grid, self.empty, self.empty_button))
        self.middle.setCurrentWidget(page)
        if had_focus:
            page.setFocus()

    def _help_empty(self) -> None:
        searching = self.gallery.searching
        if searching.text or searching.like is not None:
            searching.text = ""
            searching.like = None
            searching.ask()
        else:
            self.folder_asked.emit()

    def _pick_nothing(self) -> None:
        self.grid.pick([])

    def _pick(self) -> None:
        picked = self.grid.picked_keys()
        if picked:
            self._returned = []  # or others were picked meanwhile
        self.gallery.pick(picked, self.grid.current)

    # what comes in

    def _welcomes(self, data: QMimeData) -> bool:
        return any(url.isLocalFile() for url in data.urls())

    def _take_drop(self, data: QMimeData) -> None:
        self.gallery.folders.take([url.toLocalFile() for url in data.urls() if url.isLocalFile()])

    def _look_for(self, picture: str | QImage) -> None:
        if isinstance(picture, QImage):
            self.gallery.find_like_pixels(from_qimage(picture), self.tr("the dropped picture"))
        else:
            self.gallery.find_like_file(Path(picture))

    # what is remembered

    def _recall(self) -> None:
        kept = self._studio.settings.panel_states.get(REMEMBERED)
        kept = kept if isinstance(kept, dict) else {}
        self.grid.set_shape(Shape.SQUARES if kept.get("shape") == Shape.SQUARES.value else Shape.ROWS)
        pixels = kept.get("pixels")
        self.grid.set_size(pixels if isinstance(pixels, int) else USUAL_PX)
        self.gallery.searching.recall(kept)
        self.bar.show_shape(self.grid.shape_of_items)
        self.bar.show_size(self.grid.item_px)

    def _remember(self, _: object = None) -> None:
        searching = self.gallery.searching
        kept = {
            "shape": self.grid.shape_of_items.value,
            "pixels": self.grid.item_px,
            "order": searching.order,
            "grouping": searching.grouping.value,
            "stacked": searching.is_stacked,
        }
        if kept != self._studio.settings.panel_states.get(REMEMBERED):
            self._studio.settings.remember_panel(REMEMBERED, kept)
