"""The References section: pictures that the next one takes after, each with how much and what of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge.pixels import from_qimage, to_qimage
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.rows import RowsPanel
from desktop.state.document.document import Document
from desktop.state.reference_places import place_id
from desktop.state.reference_reading import Reading, can_be_joined
from desktop.state.studio import Studio
from desktop.widgets.choice import Choice
from desktop.widgets.dropped import Dropped, has_picture, take_pictures
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.miniature import miniature
from desktop.widgets.number import NumberSlider
from engine.api.references import AdapterInfo, ReferenceInput, ReferenceScope
from engine.api.request import LIMITS

THUMBNAIL_PX = 56
USUAL_MOST = 1.0
"""Where the weight's slider ends; more can be typed."""


class ReferenceRow(QWidget):
    """Picture, name, weight, what of it, and by which adapter where there are several."""

    def __init__(self, studio: Studio, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._number = studio, number
        self._shown = ""
        self.thumbnail = Label("")
        self.thumbnail.setFixedSize(THUMBNAIL_PX, THUMBNAIL_PX)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thumbnail.setAccessibleName(self.tr("Reference picture {number}").format(number=number + 1))
        self.name = ElidedLabel(role="small")
        self.remove = IconButton("x", self.tr("Take reference {number} away").format(number=number + 1))
        self.remove.clicked.connect(lambda: studio.references.remove(self._number))
        low, high = LIMITS["reference_weight"]
        self.weight = NumberSlider(
            low, high, step=0.05, decimals=2, slider_maximum=USUAL_MOST,
            name=self.tr("Weight of reference {number}").format(number=number + 1),
        )  # fmt: skip
        self.weight.setToolTip(self.tr("How much of it"))
        self.weight.value_changed.connect(lambda value: self._change(weight=float(value)))
        self.scope = Choice(name=self.tr("What of reference {number}").format(number=number + 1))
        for scope, text in (
            (ReferenceScope.ALL, self.tr("All of it")),
            (ReferenceScope.STYLE, self.tr("Its style")),
            (ReferenceScope.COMPOSITION, self.tr("Its composition")),
        ):
            self.scope.addItem(text, scope)
        self.scope.activated.connect(lambda: self._change(scope=ReferenceScope(self.scope.currentData())))
        self.where = Choice(name=self.tr("Where reference {number} counts").format(number=number + 1))
        self.where.activated.connect(lambda: self._bind(self.where.currentData()))
        self.subject = self._word(
            self.tr("What reference {number} shows").format(number=number + 1),
            self.tr("What it shows"), self.tr("What it shows, in a word"), "subject",
        )  # fmt: skip
        self.becomes = self._word(
            self.tr("What is drawn after reference {number}").format(number=number + 1),
            self.tr("What it becomes"), self.tr("What it becomes, if something else"), "becomes",
        )  # fmt: skip
        self.joined = QCheckBox(self.tr("As one with the one above"))
        self.joined.setToolTip(
            self.tr("Both pictures are looked at together, with the weight of the one above")
        )
        self.joined.clicked.connect(lambda is_joined: self._change(joined=is_joined))
        self.adapter = Choice(name=self.tr("What reads reference {number}").format(number=number + 1))
        self.adapter.activated.connect(lambda: self._change(adapter=self.adapter.currentData()))
        self._lay_out()

    def _word(self, name: str, hint: str, tip: str, field: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setAccessibleName(name)
        edit.setPlaceholderText(hint)
        edit.setToolTip(tip)
        edit.textEdited.connect(lambda text: self._change(**{field: text}))
        return edit

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.remove)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(head)
        for widget in (
            self.joined, self.weight, self.scope, self.where, self.subject, self.becomes, self.adapter,
        ):  # fmt: skip
            words.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.thumbnail, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)

    def show_reference(self, given: ReferenceInput, how: Reading, adapters: tuple[AdapterInfo, ...]) -> None:
        """What it is, as far as the present model can say anything about it."""
        weighs, info = how is not Reading.ITSELF, self._studio.generation.info
        counts = not weighs and info is not None and info.capabilities.weighs_references
        for widget in (self.weight, self.scope, self.where):
            widget.setEnabled(how in (Reading.ADAPTERS, Reading.BOXES))
        self._allow(ReferenceScope.STYLE, how is not Reading.BOXES or not place_id(given))
        self._allow(ReferenceScope.COMPOSITION, how is not Reading.BOXES)
        self.weight.setEnabled(counts or how in (Reading.ADAPTERS, Reading.BOXES))
        self.weight.setVisible(weighs or counts)
        self.scope.setVisible(weighs and (info is None or info.capabilities.reference_scopes))
        for edit, text in ((self.subject, given.subject), (self.becomes, given.becomes)):
            edit.setVisible(info is not None and info.capabilities.subjects)
            if edit.text() != text:
                edit.setText(text)
        self.name.setText(given.image.name or self.tr("A picture"))
        self.weight.set_value(given.weight)
        self.scope.setCurrentIndex(self.scope.findData(given.scope))
        self.show_places(given)
        names = [adapter.name for adapter in adapters]
        self.adapter.clear()
        for adapter in adapters:
            self.adapter.addItem(adapter.name, adapter.name)
        self.adapter.setCurrentIndex(names.index(given.adapter) if given.adapter in names else 0)
        self.adapter.setVisible(weighs and len(adapters) > 1)
        self.joined.setVisible(self._number > 0 and can_be_joined(given, how, adapters))
        self.joined.setChecked(given.joined)
        if given.joined and not self.joined.isHidden():
            for widget in (self.weight, self.scope, self.adapter):
                widget.hide()
        if given.image.pixels is not None and given.image.sha256 != self._shown:
            self._shown = given.image.sha256
            image = to_qimage(given.image.pixels)
            self.thumbnail.setPixmap(miniature(image, THUMBNAIL_PX, self.devicePixelRatioF()))

    def show_places(self, given: ReferenceInput) -> None:
        """Those of the open document, where the model can keep to any."""
        info, own = self._studio.generation.info, place_id(given)
        places = [region.id for region in self._studio.document.regions]
        self.where.clear()
        self.where.addItem(self.tr("Everywhere"), "")
        for number, id in enumerate(places, 1):
            self.where.addItem(self.tr("In place {number}").format(number=number), id)
        if own and own not in places:
            self.where.addItem(self.tr("In a place that is gone"), own)
        self.where.setCurrentIndex(self.where.findData(own))
        can = info is not None and info.capabilities.reference_scopes
        self.where.setVisible(can and self.where.count() > 1)

    def _allow(self, scope: ReferenceScope, can: bool) -> None:
        model = self.scope.model()
        assert isinstance(model, QStandardItemModel)
        model.item(self.scope.findData(scope)).setEnabled(can)

    def _bind(self, id: str) -> None:
        self._studio.references.bind(self._number, id)

    def _change(self, **fields: object) -> None:
        self._studio.references.change(self._number, **fields)


class ReferencesPanel(RowsPanel[ReferenceRow]):
    """Rows for the references, and a place to drop more. Says plainly why a model cannot read them."""

    file_asked = Signal()
    """The artist wants to choose a file."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(12, parent)
        self._studio = studio
        self.setAcceptDrops(True)
        self.add = LabelledButton("image-plus", self.tr("Picture"))
        self.add.setAccessibleName(self.tr("Add a reference picture"))
        self.add.clicked.connect(self.file_asked)
        self.add_buttons(self.add)
        studio.generation.changed.connect(self._on_generation)
        studio.learnt.changed.connect(self._show)
        studio.models.changed.connect(self._show)
        self._followed: Document | None = None
        studio.documents.changed.connect(self._follow)
        self._follow()

    def take(self, picture: str | QImage) -> None:
        """A file's path, or pixels."""
        if isinstance(picture, QImage):
            self._studio.references.add_pixels(from_qimage(picture), self.tr("Pasted picture"))
        else:
            self._studio.references.add_file(picture)

    def can_add(self) -> bool:
        """Whether the present model reads any."""
        return self._studio.references.how in (Reading.ADAPTERS, Reading.ITSELF, Reading.BOXES)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.can_add() and has_picture(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.drop(take_pictures(event.mimeData())):
            event.acceptProposedAction()

    def drop(self, dropped: Dropped) -> bool:
        """Take all pictures of a drop; False where there was none."""
        if dropped.remote and not dropped.pictures:
            self._studio.messages.info(
                self.tr("Lienzo stays offline. Save the picture to a file and drop that.")
            )
            return True
        for picture in dropped.pictures:
            self.take(picture)
        return bool(dropped.pictures)

    def _follow(self) -> None:
        document = self._studio.document
        if document is not self._followed:
            self._followed = document
            document.regions_changed.connect(self._show_places)
        self._show()

    def _show_places(self) -> None:
        for row, one in zip(self.rows, self._studio.generation.references, strict=True):
            row.show_places(one)

    def _on_generation(self, field: str) -> None:
        if field in ("references", "model", "image"):
            self._show()

    def _show(self) -> None:
        generation = self._studio.generation
        given, adapters, how = generation.references, generation.adapters, self._studio.references.how
        missing = range(len(self.rows), len(given))
        self.set_rows([*self.rows[: len(given)], *(ReferenceRow(self._studio, number) for number in missing)])
        for row, one in zip(self.rows, given, strict=True):
            row.show_reference(one, how, adapters)
        self.add.setEnabled(self.can_add())
        self.say(self._told(how, len(given)))

    def _told(self, how: Reading, count: int) -> str:
        """Why there is nothing to do here, or what one could do."""
        if how is Reading.NOT and self._studio.generation.info is None:
            return self.tr("The model folders are being looked at.")
        if how is Reading.NOT:
            text = self.tr("This model cannot take after pictures.")
        elif how is Reading.NO_ADAPTER and not self._studio.learnt.is_known:
            text = self.tr("The model folders are being looked at.")
        elif how is Reading.NO_ADAPTER:
            text = self.tr("No IP-Adapter for this model is in the model folders.")
        elif self._reads_pairs() and (not count or count % 2):
            return self._told_of_pairs(count)
        elif not count:
            return self.tr("Drop pictures here for the next one to take after.")
        elif count > len(self._studio.generation.references_read()):
            return self.tr("This model reads fewer pictures; the last are left out.")
        else:
            return ""
        return f"{text} {self.tr('What is here is left out.')}" if count else text

    def _reads_pairs(self) -> bool:
        info = self._studio.generation.info
        return info is not None and info.capabilities.reference_pairs

    def _told_of_pairs(self, count: int) -> str:
        if not count:
            return self.tr(
                "Pairs of pictures, before and after, show this model what to do with the one on the canvas."
            )
        return self.tr("Now the picture of how the last one looks after.")
