"""The chosen result: step through its pictures, look before and after, keep it or not, make it again."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from desktop.canvas.view import CanvasView
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.panels.sight_words import say_report
from desktop.state.document import results
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer, Verdict
from desktop.state.editing.made_from import can_be_made_again
from desktop.state.studio import Studio
from desktop.widgets.label import ElidedLabel, Label
from engine.api.edit import EditMode, SeamMode

SLACK_PX = 8
BAR_PX, BUTTON_PX, MARGIN_PX = 34, 30, 2
"""Low enough to leave the picture's lower edge free, where handles are."""


class ResultBar(QFrame):
    """At the foot of the canvas while a result is the active layer: the picture does not move for it."""

    def __init__(self, studio: Studio, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._studio = studio
        self._followed: Document | None = None
        self.setProperty("surface", "raised")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # between its buttons nothing is painted
        self.previous = IconButton("arrow-left", self.tr("Previous variant"))
        self.next = IconButton("arrow-right", self.tr("Next variant"))
        self.which = Label(role="small")
        self.before = LabelledButton("eye-off", self.tr("Before"))
        self.before.setCheckable(True)
        self.before.setToolTip(self.tr("Look at the picture without this result"))
        self.accept = LabelledButton("check", self.tr("Accept"))
        self.accept.setCheckable(True)
        self.discard = LabelledButton("x", self.tr("Discard"))
        self.discard.setCheckable(True)
        self.again = IconButton("refresh-cw", self.tr("Make it again"))
        self.vary = IconButton("shuffle", self.tr("More variants, with other seeds"))
        self.uncorrected = IconButton("blend", self.tr("Compare with the seam left as it came"))
        self.facts = ElidedLabel(role="small")
        self._lay_out()
        self._wire()
        studio.documents.changed.connect(self._follow)
        canvas.shown_changed.connect(self._show)
        self._follow()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 12, 0)
        layout.setSpacing(4)
        self.setFixedHeight(BAR_PX)
        for widget in (
            self.previous, self.which, self.next, self.before, self.accept, self.discard,
            self.again, self.vary, self.uncorrected,
        ):  # fmt: skip
            widget.setMaximumHeight(BUTTON_PX)
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self.facts, 1)
        self._canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        """In the middle; as wide as its words, or as there is room. What was found out about the result comes
        before words on buttons that have an icon."""
        words = self.facts.fontMetrics().horizontalAdvance(self.facts.text()) + SLACK_PX
        room = self._canvas.width() - 2 * MARGIN_PX
        is_wide = self._buttons_width(with_words=True) + words <= room
        width = min(self._buttons_width(with_words=is_wide) + words, room)
        top = self._canvas.height() - BAR_PX - MARGIN_PX
        self.setGeometry((self._canvas.width() - width) // 2, top, width, BAR_PX)

    def _buttons_width(self, with_words: bool) -> int:
        for button in (self.before, self.accept, self.discard):
            button.show_words(with_words)
        for widget in (self.previous, self.which, self.next):
            widget.setVisible(with_words or self.next.isEnabled())
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        layout.activate()
        return layout.minimumSize().width()

    def _wire(self) -> None:
        self.previous.clicked.connect(lambda: self._do(lambda d, r: results.step_variant(d, r, -1)))
        self.next.clicked.connect(lambda: self._do(lambda d, r: results.step_variant(d, r, 1)))
        self.before.clicked.connect(lambda on: self._do(lambda d, r: results.show_before(d, r, on)))
        self.accept.clicked.connect(lambda: self._judge(Verdict.ACCEPTED))
        self.discard.clicked.connect(lambda: self._judge(Verdict.DISCARDED))
        self.again.clicked.connect(lambda: self._do(lambda _, r: self._studio.remake(r)))
        self.vary.clicked.connect(lambda: self._do(lambda _, r: self._studio.remake(r, anew=True)))
        self.uncorrected.clicked.connect(
            lambda: self._do(lambda _, r: self._studio.remake(r, seam=SeamMode.OFF))
        )

    @property
    def layer(self) -> ResultLayer | None:
        active = self._studio.document.active
        return active if isinstance(active, ResultLayer) else None

    def _do(self, deed) -> None:
        if self.layer is not None:
            deed(self._studio.document, self.layer)

    def _judge(self, verdict: Verdict) -> None:
        """The same once more takes it back."""
        layer = self.layer
        if layer is not None:
            other = Verdict.PROPOSED if layer.verdict is verdict else verdict
            results.judge(self._studio.document, layer, other)
        self._show()

    def _follow(self) -> None:
        document = self._studio.document
        if document is not self._followed:
            self._followed = document
            document.active_changed.connect(self._show)
            document.layers_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        layer = self.layer if self._canvas.shows_document else None
        self.setVisible(layer is not None)
        self._canvas.facts_give_way(layer is not None)
        if layer is None:
            return
        count = len(layer.variants)
        self.which.setText(self.tr("{number} of {count}").format(number=layer.chosen + 1, count=count))
        for button in (self.previous, self.next):
            button.setEnabled(count > 1)
        self.before.setChecked(layer.shows_before)
        self.accept.setChecked(layer.verdict is Verdict.ACCEPTED)
        self.discard.setChecked(layer.verdict is Verdict.DISCARDED)
        recipe = layer.variant.recipe
        can_remake = can_be_made_again(layer)
        for button in (self.again, self.vary):
            button.setEnabled(can_remake)
        report = recipe.edit if recipe is not None else None
        seams = [place.seam for place in report.places if place.seam] if report is not None else []
        self.uncorrected.setVisible(can_remake and any(seam.method is not SeamMode.OFF for seam in seams))
        edit = recipe.request.edit if recipe is not None else None
        mode = edit.mode if edit is not None else EditMode.CHANGE
        self.facts.setText(say_report(report, mode) if report is not None else "")
        self._place()
