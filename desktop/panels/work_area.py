"""The left of the window: the picture, the thin line of progress, the prompt, the filmstrip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from desktop.canvas.view import CanvasView
from desktop.panels.filmstrip import Filmstrip
from desktop.panels.generate import GeneratePanel
from desktop.panels.prompt import PromptPanel
from desktop.panels.result_bar import ResultBar
from desktop.panels.tool_options import ToolOptions
from desktop.state.jobs import Job
from desktop.state.language_code import language
from desktop.state.studio import Studio
from desktop.tools.workbench import Workbench
from desktop.widgets.progress import ProgressLine

MOST_EXAMPLES = 3


class WorkArea(QSplitter):
    """The line between picture and prompt can be dragged."""

    def __init__(self, studio: Studio, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._studio = studio
        self._usual_sizes: list[int] = []
        self.setChildrenCollapsible(False)
        self.options = ToolOptions(bench)
        self.canvas = CanvasView()
        self.canvas.set_bench(bench)
        self.canvas.set_empty(
            "image", self.tr("Type what should appear, then press Ctrl+Enter."), self.tr("Generate")
        )
        self.result = ResultBar(studio, self.canvas)
        self.progress = ProgressLine()
        self.prompt = PromptPanel(studio)
        self.generate = GeneratePanel(studio)
        self.filmstrip = Filmstrip(studio)
        self.addWidget(self._make_upper())
        self.addWidget(self._make_lower())
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        studio.jobs.changed.connect(self._show_progress)
        studio.models.changed.connect(self._offer_examples)
        studio.generation.changed.connect(self._on_setting)
        self._offer_examples()
        self._show_progress()

    def show_bare(self, is_bare: bool) -> None:
        """Only the picture and the prompt, which gives the filmstrip's room to the picture; or all again."""
        if is_bare == self.filmstrip.isHidden():
            return
        if is_bare:
            self._usual_sizes = self.sizes()
        self.filmstrip.setHidden(is_bare)
        self.options.setHidden(is_bare)
        self._lower_layout.activate()  # so that the splitter knows how little the lower part needs now
        self.setSizes([self.height(), 0] if is_bare else self._usual_sizes)

    def _make_upper(self) -> QWidget:
        upper = QWidget()
        layout = QVBoxLayout(upper)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.options)
        layout.addWidget(self.canvas, 1)
        return upper

    def _make_lower(self) -> QWidget:
        lower = QWidget()
        instrument = QHBoxLayout()
        instrument.setContentsMargins(12, 12, 12, 0)
        instrument.setSpacing(16)
        instrument.addWidget(self.prompt, 1)
        instrument.addWidget(self.generate)
        layout = self._lower_layout = QVBoxLayout(lower)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(8)
        layout.addWidget(self.progress)
        layout.addLayout(instrument, 1)
        strip = QHBoxLayout()
        strip.setContentsMargins(8, 0, 8, 0)
        strip.addWidget(self.filmstrip)
        layout.addLayout(strip)
        return lower

    def _on_setting(self, field: str) -> None:
        if field == "model":
            self._offer_examples()

    def _offer_examples(self) -> None:
        """What the model says that it draws well, in the window's language."""
        info = self._studio.models.get(self._studio.generation.model)
        examples = info.examples.get(language(), ()) if info is not None else ()
        self.canvas.offer_examples(examples[:MOST_EXAMPLES])

    def _show_progress(self, _job: Job | None = None) -> None:
        job = self._studio.jobs.running
        if job is None:
            self.progress.clear()
        elif job.loading is not None or not job.step:
            self.progress.set_busy()
        else:
            self.progress.set_progress(job.step, job.total)
