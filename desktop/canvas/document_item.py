"""The document on the desk: its picture, the mask over it, the selection's line, and what the tool draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPolygonF

from desktop.canvas import overlays
from desktop.canvas.coverage_view import CoverageView
from desktop.canvas.frame import Frame, seen_rect
from desktop.canvas.sight_overlay import SightLines, paint_sight
from desktop.canvas.viewport import Viewport
from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode
from desktop.tools.guide import Guide
from desktop.tools.workbench import Workbench
from desktop.widgets.motion import motion_is_reduced
from desktop.widgets.theme import tokens

ANTS_MS = 120
LINES_MS = 60
"""So long the lines around mask and selection may be behind while something moves."""
AROUND_LINE_PX = 3
MAP_OPACITY = 0.75


class DocumentItem(QObject):
    """Paints in device pixels; says by `touched` which of them look different."""

    touched = Signal(QRect)
    """Device pixels of the view."""

    def __init__(
        self, document: Document, bench: Workbench, viewport: Callable[[], Viewport], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.document = document
        self._bench = bench
        self._viewport = viewport
        self._frame = Frame(document.composite, self._paint_still)
        self._mask = CoverageView(document.mask)
        self._selection = CoverageView(document.selection) if document.selection is not None else None
        self._phase = 0
        self.guides: Sequence[Guide] = ()
        self.outline: QPolygonF | None = None
        """The brush's edge, device pixels."""
        self._stream: tuple[QImage, Rect] | None = None
        self._map: QImage | None = None
        self._sight = SightLines()
        self.shows_only_mask = False
        self.hides_overlays = False
        self.rests = False
        """Something else is looked at: of the mask only the line around it is seen."""
        self.is_flashing = False
        """O is held: what is hidden is seen, what is seen is hidden."""
        self._ants = QTimer(self, interval=ANTS_MS)
        self._ants.timeout.connect(self._march)
        self._late = QTimer(self, singleShot=True, interval=0)
        self._late.timeout.connect(self._touch_late)
        self._late_rect = QRect()
        self._lines = QTimer(self, singleShot=True, interval=LINES_MS)
        self._lines.timeout.connect(self._refresh_lines)
        document.changed.connect(self._on_changed)
        document.selection_changed.connect(self._on_selection)
        document.masks_changed.connect(self._on_mask)
        document.size_changed.connect(self.forget_all)
        bench.changed.connect(self._on_bench)
        self._run_ants()

    def close(self) -> None:
        """Follow nothing any more."""
        self._ants.stop()
        self._late.stop()
        self._lines.stop()
        for signal, slot in (
            (self.document.changed, self._on_changed),
            (self.document.selection_changed, self._on_selection),
            (self.document.masks_changed, self._on_mask),
            (self.document.size_changed, self.forget_all),
            (self._bench.changed, self._on_bench),
        ):
            signal.disconnect(slot)
        self.deleteLater()

    @property
    def is_late(self) -> bool:
        """Whether tiles or lines are still being made for what is seen."""
        return self._late.isActive() or self._lines.isActive()

    # painting

    def paint(self, painter: QPainter, part: QRect) -> None:
        """Everything, as far as it lies in `part` (device pixels)."""
        viewport = self._viewport()
        late = self._frame.paint(painter, viewport, tokens(), part)
        if not late.isEmpty():
            self._late_rect = self._late_rect.united(late)
            self._late.start()
        painter.save()
        painter.setClipRect(part)
        if self._map is not None:
            painter.setOpacity(MAP_OPACITY)
            overlays.paint_stream(painter, self._map, self.document.canvas, viewport)
            painter.setOpacity(1.0)
        if self._stream is not None:
            overlays.paint_stream(painter, *self._stream, viewport)
        if self.shows_overlays:
            self._paint_lines(painter, viewport)
        if self.shows_sight:
            paint_sight(painter, self._sight, viewport, tokens().color("accent"))
        overlays.paint_guides(painter, self.guides, viewport, tokens().color("accent"))
        if self.outline is not None:
            overlays.paint_outline(painter, self.outline, viewport.ratio)
        painter.restore()

    @property
    def shows_overlays(self) -> bool:
        return self.hides_overlays == self.is_flashing

    @property
    def shows_sight(self) -> bool:
        """The mask's pattern, and what the model will see."""
        return (self.hides_overlays or self.rests) == self.is_flashing

    def _paint_still(self, painter: QPainter, part: QRect) -> None:
        """The mask, kept in the frame: it moves with the picture, and costs nothing while it stays."""
        viewport = self._viewport()
        if self.shows_only_mask:
            overlays.paint_mask_alone(painter, self._mask.seen(viewport, part), part, viewport)
        elif self.shows_sight and not self._mask.is_empty:
            keeps = self.document.mask_mode is MaskMode.KEEP
            color, opacity = tokens().color("accent"), self._bench.overlay_opacity
            seen = self._mask.seen(viewport, part)
            overlays.paint_mask(painter, seen, part, viewport, color, opacity, keeps)

    def _paint_lines(self, painter: QPainter, viewport: Viewport) -> None:
        """Around the mask, and around the selection, where the dashes walk."""
        for view, phase in ((self._mask, 0), (self._selection, self._phase)):
            if view is None or (view is self._mask and self.shows_only_mask):
                continue
            overlays.paint_ants(painter, view.outline(viewport), viewport.ratio, phase)
            if not view.is_fresh(viewport) and not self._lines.isActive():
                self._lines.start()

    def _refresh_lines(self) -> None:
        """Look for the lines where they are by now."""
        viewport = self._viewport()
        for view in (self._mask, self._selection):
            if view is not None and not view.is_fresh(viewport):
                before = view.outline(viewport)
                view.refresh(viewport)
                for line in (*before, *view.outline(viewport)):
                    around = AROUND_LINE_PX
                    box = line.boundingRect().toAlignedRect()
                    self.touched.emit(box.adjusted(-around, -around, around, around))

    # what looks different

    def forget_all(self) -> None:
        self._mask.forget(self.document.canvas)
        self._touch_still()

    def show_guides(self, guides: Sequence[Guide]) -> None:
        """Draw these from now on."""
        if guides or self.guides:
            self.guides = guides
            self._touch_view()

    def show_outline(self, outline: QPolygonF | None) -> None:
        """The brush's edge is here now; None takes it away."""
        for line in (self.outline, outline):
            if line is not None:
                around = AROUND_LINE_PX * 2
                self.touched.emit(
                    line.boundingRect().toAlignedRect().adjusted(-around, -around, around, around)
                )
        self.outline = outline

    def show_stream(self, image: QImage | None, rect: Rect) -> None:
        """A picture on its way, smoothly scaled to `rect` of the document; None takes it away."""
        before, self._stream = self._stream, None if image is None else (image, rect)
        for held in (before, self._stream):
            if held is not None:
                self.touched.emit(seen_rect(held[1], self._viewport()))

    def show_map(self, image: QImage | None) -> None:
        """A map over the whole canvas, seen through; None takes it away."""
        if image is not None or self._map is not None:
            self._map = image
            self._touch_view()

    def show_sight(self, lines: SightLines) -> None:
        """What the model will see, from now on."""
        if lines.crops or self._sight.crops:
            self._sight = lines
            self._touch_view()

    def set_look(self, **looks: bool) -> None:
        """Set `shows_only_mask`, `hides_overlays`, `rests` or `is_flashing`."""
        for name, value in looks.items():
            setattr(self, name, value)
        self._touch_still()

    def _touch_still(self) -> None:
        self._frame.forget_all()
        self._touch_view()

    def _touch_view(self) -> None:
        viewport = self._viewport()
        self.touched.emit(QRect(0, 0, viewport.width, viewport.height))

    def _touch_late(self) -> None:
        late, self._late_rect = self._late_rect, QRect()
        self.touched.emit(late)

    def _on_changed(self, rect: Rect) -> None:
        self.touched.emit(self._frame.forget(rect, self._viewport()))

    def _on_mask(self, rect: Rect) -> None:
        if self._mask.tiles is not self.document.mask:
            self._mask = CoverageView(self.document.mask)
            self._refresh_lines()
            self._touch_still()
            return
        self._mask.forget(rect)
        if rect == self.document.canvas:
            self._touch_still()  # also when its meaning changed
        else:
            self.touched.emit(self._frame.forget(rect, self._viewport()))

    def _on_selection(self, rect: Rect) -> None:
        selection = self.document.selection
        if selection is None:
            self._selection = None
        elif self._selection is None or self._selection.tiles is not selection:
            self._selection = CoverageView(selection)
            self._refresh_lines()
        else:
            self._selection.forget(rect)
        self._run_ants()
        self._touch_view()

    def _on_bench(self, name: str) -> None:
        if name == "overlay_opacity":
            self._touch_still()

    def _run_ants(self) -> None:
        if self._selection is not None and not motion_is_reduced():
            self._ants.start()
        else:
            self._ants.stop()

    def _march(self) -> None:
        """Only the line itself is drawn again."""
        if self._selection is None:
            return
        self._phase = (self._phase + 1) % (2 * overlays.DASH_PX)
        around = AROUND_LINE_PX
        for line in self._selection.outline(self._viewport()):
            box = line.boundingRect().toAlignedRect()
            self.touched.emit(box.adjusted(-around, -around, around, around))
