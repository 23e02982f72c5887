"""The line below the grid: how many are found and picked, and how far the look at the folders is."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from desktop.state.gallery.gallery import Gallery
from desktop.widgets.label import ElidedLabel, Label

BAR_PX = 140


class StatusLine(QWidget):
    """One goes on with the gallery while it runs."""

    def __init__(self, gallery: Gallery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self.count = Label(role="small")
        self.folder = ElidedLabel(role="small")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(BAR_PX)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Looking at the folders"))
        self.cancel = QPushButton(self.tr("Stop"))
        self.cancel.setAccessibleName(self.tr("Stop looking at the folders"))
        self.cancel.setProperty("role", "flat")
        self.cancel.clicked.connect(gallery.folders.cancel)
        self.cancel.clicked.connect(gallery.learning.stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 2, 12, 2)
        layout.setSpacing(12)
        layout.addWidget(self.count)
        layout.addWidget(self.folder, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancel)
        self.setMinimumHeight(32)
        gallery.folders.progressed.connect(self._show_progress)
        gallery.learning.progressed.connect(self._show_learning)
        gallery.picked_changed.connect(self._show_count)
        gallery.searching.found_changed.connect(self._show_count)
        self._show_count()
        self._show_progress(gallery.folders.progress)

    def _show_count(self) -> None:
        found = self.tr("%n picture(s)", "", self._gallery.searching.arranged.count)
        picked = len(self._gallery.picked)
        said = [found, self.tr("%n picked", "", picked)] if picked else [found]
        self.count.setText("  ·  ".join(said))

    def _show_learning(self, learnt) -> None:
        """Pictures looked at, prompts read; the folders come first."""
        if self._gallery.folders.is_looking:
            return
        self.bar.setVisible(learnt is not None)
        self.cancel.setVisible(learnt is not None)
        text = ""
        if learnt is not None and not learnt.total:
            self.bar.setRange(0, 0)
            text = self.tr("Getting ready…")
        elif learnt is not None:
            self.bar.setRange(0, learnt.total)
            self.bar.setValue(learnt.done)
            text = self.tr("Looked at {done} of {total}").format(done=learnt.done, total=learnt.total)
        self.folder.setText(text)

    def _show_progress(self, progress) -> None:
        is_looking = progress is not None
        self.bar.setVisible(is_looking)
        self.cancel.setVisible(is_looking)
        if progress is None:
            self.folder.setText("")
            return
        share = progress.share
        self.bar.setRange(0, 0 if share is None else 1000)
        self.bar.setValue(0 if share is None else round(share * 1000))
        locale = QLocale()
        read = self.tr("{read} of {total}").format(
            read=locale.toString(progress.read), total=locale.toString(progress.to_read)
        )
        self.folder.setText(f"{read}  ·  {progress.folder}" if progress.to_read else str(progress.folder))
