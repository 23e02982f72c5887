"""Fetch a model: choose or type which, read its licence and size, and only then the network gives it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.state.downloads import Downloads
from desktop.state.language_code import language
from desktop.state.words import say
from desktop.widgets.label import Label
from desktop.widgets.progress import ProgressLine
from engine.api.errors import EngineError

if TYPE_CHECKING:
    from engine.models.download.download import Offer

WIDTH_PX = 640
ENTRY = Qt.ItemDataRole.UserRole


class GetModelDialog(QDialog):
    """Three steps, all in sight: which one, what it is, fetch."""

    def __init__(self, downloads: Downloads, into: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Get a model"))
        self._downloads, self._into = downloads, into
        self.offer: Offer | None = None
        self.intro = _wrapped(
            self.tr("Only here does Lienzo use the network, and only when you press a button."), "dim"
        )
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Free models"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("owner/name on Hugging Face, or an https address"))
        self.name.setAccessibleName(self.tr("Which model"))
        self.name.textEdited.connect(self._on_edited)
        self.name.returnPressed.connect(self._look)
        self.look = QPushButton(self.tr("Ask what it is"))
        self.look.clicked.connect(self._look)
        self.facts = _wrapped()
        self.problem = _wrapped(role="warning")
        self.progress = ProgressLine()
        self.fetch = QPushButton(self.tr("Fetch"))
        self.fetch.setProperty("role", "main")
        self.fetch.clicked.connect(self._fetch)
        self.told = _wrapped(role="dim")
        self.stop = QPushButton(self.tr("Cancel"))
        self.stop.setToolTip(self.tr("What has come is kept: Fetch goes on from there."))
        self.stop.clicked.connect(downloads.stop)
        self._file = ""
        self._come = ""
        """How much of the offer has come."""
        self._lay_out()
        self._fill()
        downloads.offered.connect(self._take_offer)
        downloads.progressed.connect(self._show_progress)
        downloads.finished.connect(self._take_path)
        downloads.failed.connect(self._say)
        downloads.stopped.connect(self._take_stop)
        downloads.changed.connect(self._refresh)
        if downloads.offer is not None:  # it was begun before the dialog was closed
            self.name.setText(downloads.offer.title)
            self._take_offer(downloads.offer)
        self._refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.look)
        buttons = QHBoxLayout()
        buttons.addWidget(self.told, 1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.fetch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.intro)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addWidget(self.facts)
        layout.addWidget(self.problem)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)
        self.resize(WIDTH_PX, 560)

    def _fill(self) -> None:
        from engine.models.download.free_models import free_models

        for model in free_models():
            title, needs = model["title"], model["needs"]
            if language() == "es":
                title, needs = model["title_es"] or title, model["needs_es"]
            facts = self.tr("about {gigabytes} GB, licence {licence}").format(
                gigabytes=_decimal(model["gigabytes"]), licence=model["licence"]
            )
            item = QListWidgetItem(f"{title}\n{facts}\n{needs}")
            item.setData(ENTRY, (model["repository"], model["file"]))
            self.list.addItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            repository, self._file = item.data(ENTRY)
            self.name.setText(repository)
            self._forget_offer()

    def _on_edited(self) -> None:
        self._file = ""
        self._forget_offer()

    def _forget_offer(self) -> None:
        self.offer, self._come = None, ""
        self.told.clear()
        self.facts.clear()
        self.problem.clear()
        self._refresh()

    def _look(self) -> None:
        if self.name.text().strip():
            self._forget_offer()
            self._downloads.look(self.name.text().strip(), self._file)

    def _take_offer(self, offer: Offer) -> None:
        self.offer = offer
        size = _size(offer.bytes) if offer.bytes else self.tr("not said")
        licence = offer.licence or self.tr("not said; look there before you use it")
        self.facts.setText(
            self.tr("{title}\nLicence: {licence} ({where})\nSize: {size}\nInto: {folder}").format(
                title=offer.title, licence=licence, where=offer.licence_url, size=size, folder=self._into
            )
        )
        self._refresh()
        self.fetch.setFocus()

    def _fetch(self) -> None:
        if self.offer is not None:
            self.problem.clear()
            self._downloads.start(self.offer, self._into)

    def _show_progress(self, done: int, total: int) -> None:
        # thousands: Qt counts in 32 bits
        self.progress.set_progress(int(done) // 1000, max(1, int(total) // 1000))
        self._come = self.tr("{done} of {total}").format(done=_size(done), total=_size(total))
        self.told.setText(self._come)

    def _take_stop(self) -> None:
        if self.offer is not None and self._come:
            text = self.tr("Cancelled; {amount} are kept, and Fetch goes on from there.")
            self.told.setText(text.format(amount=self._come))
        self._refresh()
        (self.fetch if self.offer is not None else self.look).setFocus()

    def _take_path(self, path: Path) -> None:
        self.facts.setText(self.tr("It is here: {path}").format(path=path))
        self.offer = None
        self.told.clear()
        self._refresh()

    def _say(self, error: Exception) -> None:
        self.told.clear()
        self.problem.setText(say(error) if isinstance(error, EngineError) else str(error))
        self._refresh()

    def _refresh(self) -> None:
        is_busy = self._downloads.is_busy
        self.stop.setVisible(is_busy)
        self.stop.setEnabled(not self._downloads.is_stopping)
        self.fetch.setEnabled(self.offer is not None and not is_busy)
        for widget in (self.list, self.name, self.look):  # what is asked about or fetched stays what is shown
            widget.setEnabled(not is_busy)
        self.facts.setVisible(bool(self.facts.text()))
        self.problem.setVisible(bool(self.problem.text()))
        if is_busy and not self._come:
            self.progress.set_busy()
        elif not is_busy:
            self.progress.clear()


def _decimal(number: float) -> str:
    return QLocale(language()).toString(number, "f", 1)


def _size(count: int) -> str:
    how = QLocale.DataSizeFormat.DataSizeSIFormat
    return QLocale(language()).formattedDataSize(int(count), 1, how)


def _wrapped(text: str = "", role: str = "") -> Label:
    label = Label(text, role=role)
    label.setWordWrap(True)
    return label
