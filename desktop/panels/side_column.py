"""The right column: sections that fold and stay as they were left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.panels.edit import EditPanel
from desktop.panels.history import HistoryPanel
from desktop.panels.layers import LayersPanel
from desktop.panels.learnt import LearntPanel
from desktop.panels.maps import MapsPanel
from desktop.panels.mask_shelf import MaskShelfPanel
from desktop.panels.model import ModelPanel
from desktop.panels.queue import QueuePanel
from desktop.panels.references import ReferencesPanel
from desktop.panels.regions import RegionsPanel
from desktop.panels.sampling import SettingsPanel
from desktop.panels.start_picture import StartPicturePanel
from desktop.state.editing.edit_settings import Intent
from desktop.state.studio import Studio
from desktop.widgets.section import Section

NARROWEST_PX, WIDEST_PX, USUAL_PX = 304, 480, 316


class SideColumn(QScrollArea):
    """From the model and the settings over what steers the picture to layers, history and queue."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setObjectName("side_column")
        self.setProperty("surface", "panel")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(NARROWEST_PX)
        self.setMaximumWidth(WIDEST_PX)
        self.model = ModelPanel(studio)
        self.settings = SettingsPanel(studio)
        self.learnt = LearntPanel(studio)
        self.maps = MapsPanel(studio)
        self.references = ReferencesPanel(studio)
        self.regions = RegionsPanel(studio)
        self.edit = EditPanel(studio)
        self.start_picture = StartPicturePanel(studio)
        self.layers = LayersPanel(studio.documents)
        self.mask_shelf = MaskShelfPanel(studio.documents, studio.shared_masks)
        self.history = HistoryPanel(studio.documents)
        self.queue = QueuePanel(studio.jobs)
        self._lay_out()
        for signal in (studio.jobs.added, studio.jobs.removed, studio.jobs.changed):
            signal.connect(self._count_jobs)
        studio.jobs.paused_changed.connect(self._count_jobs)
        studio.edit.changed.connect(self._on_edit)
        studio.generation.changed.connect(self._on_generation)
        studio.generation.info_known.connect(self._show_intent)
        self._count_jobs()
        self._show_intent()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It is never narrower than what stands in it: there is no other way to see the right end."""
        column = self.widget()
        if column is not None and watched is column and event.type() == QEvent.Type.LayoutRequest:
            needed = column.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(min(max(NARROWEST_PX, needed), WIDEST_PX))
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.queue_section = self._section(self.tr("Queue"), self.queue, "queue")
        self.start_section = self._section(self.tr("Start picture"), self.start_picture, "start_picture")
        for section in (
            self._section(self.tr("Model"), self.model, "model"),
            self._section(self.tr("On the canvas"), self.edit, "edit"),
            self._section(self.tr("Settings"), self.settings, "settings"),
            self._section(self.tr("Maps"), self.maps, "maps"),
            self._section(self.tr("References"), self.references, "references"),
            self._section(self.tr("Places with words"), self.regions, "regions"),
            self._section(self.tr("Learnt"), self.learnt, "learnt"),
            self.start_section,
            self._section(self.tr("Layers"), self.layers, "layers"),
            self._section(self.tr("Mask shelf"), self.mask_shelf, "mask_shelf", starts_folded=True),
            self._section(self.tr("History"), self.history, "history", starts_folded=True),
            self.queue_section,
        ):
            layout.addWidget(section)
        layout.addStretch()
        self.setWidget(column)

    def _section(self, title: str, content: QWidget, key: str, starts_folded: bool = False) -> Section:
        def recall(key: str) -> bool:
            return self._studio.settings.panel_states.get(key, starts_folded)

        return Section(title, content, key=f"folded.{key}", recall=recall, remember=self._remember)

    def _remember(self, key: str, is_folded: bool) -> None:
        self._studio.settings.remember_panel(key, is_folded)

    def _on_edit(self, field: str) -> None:
        if field == "intent":
            self._show_intent()

    def _on_generation(self, field: str) -> None:
        if field in ("image", "model"):
            self._show_intent()

    def _show_intent(self) -> None:
        """An edit is as large as its canvas and starts from it: what it does not ask for is away."""
        edits, info = self._studio.edit.intent is not Intent.NEW, self._studio.generation.info
        sees_wholes = info is not None and info.capabilities.whole_pictures  # with as many pixels as are set
        self.settings.size_rows.setHidden(edits and not sees_wholes)
        self.start_section.setHidden(edits and self._studio.generation.image is None)

    def _count_jobs(self, _job: object = None) -> None:
        """Folded, the title still says how much waits."""
        count = sum(not job.is_over for job in self._studio.jobs.jobs)
        title = self.tr("Queue")
        parts = [f"{title}  ({count})" if count else title]
        parts += [self.tr("paused")] if self._studio.jobs.is_paused else []
        self.queue_section.set_title("  ·  ".join(parts))
