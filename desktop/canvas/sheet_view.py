"""The view that one paints in: the document, the tool in hand, the pen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QTabletEvent,
)
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QWidget

from desktop.canvas import overlays, remembered_view
from desktop.canvas.cursors import cursor_for
from desktop.canvas.document_item import DocumentItem
from desktop.canvas.drawing import Drawing
from desktop.canvas.sight_overlay import SightLines
from desktop.canvas.zoom_view import ZoomView
from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.tools.workbench import Workbench

REMEMBER_MS = 700
SMALL_TIP_PX = 4.0
"""A tip whose edge is nearer to its middle than this needs a cross to be found."""
FOR_PICTURES = {Qt.Key.Key_Delete, Qt.Key.Key_A, Qt.Key.Key_S, Qt.Key.Key_P}
"""Keys that act on the picture one looks at: not while the document covers it."""
HARDNESS_PX = 200.0
"""A drag so far up or down goes from soft to hard."""


@dataclass
class Sizing:
    """Alt and the right button are held: dragging sideways sets the size, up and down the hardness."""

    start: QPointF
    size: float
    hardness: float


class SheetView(ZoomView):
    """Shows and paints a document once it has one (`set_document`) and a bench (`set_bench`)."""

    document_wanted = Signal()
    """A tool was set down where no document is shown. Who gives one at once lets the stroke begin."""
    clear_asked = Signal()
    """Delete, while the document is shown."""
    stroke_changed = Signal()
    """A stroke has begun or ended: what can be undone may be another thing."""
    turned = Signal()
    """The view was turned or mirrored."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench: Workbench | None = None
        self.drawing: Drawing | None = None
        self.item: DocumentItem | None = None
        self._looks_at_picture = False
        self._sizing: Sizing | None = None
        self._remembering = QTimer(self, singleShot=True, interval=REMEMBER_MS)
        self._remembering.timeout.connect(self._remember_view)
        self.setAttribute(Qt.WidgetAttribute.WA_TabletTracking)

    # what is shown

    def set_bench(self, bench: Workbench) -> None:
        """The tools to work with."""
        self.bench = bench
        self.drawing = Drawing(bench, self, lambda: self.viewport, self)
        self.drawing.moved.connect(self._show_pen)
        self.drawing.begun.connect(self.stroke_changed)
        self.drawing.ended.connect(self.stroke_changed)
        bench.changed.connect(self._on_bench)
        bench.options_changed.connect(self._show_pen)

    def set_document(self, document: Document | None) -> None:
        """Show and paint this document; None: none any more. What was under way is ended as it is."""
        assert self.bench is not None and self.drawing is not None
        is_another = document is not (self.item.document if self.item is not None else None)
        if self.item is not None:
            self.drawing.end()
            self._remember_view()
            self.item.document.size_changed.disconnect(self._take_size)
            self.item.close()
            self.item = None
        if document is not None:
            self.item = DocumentItem(document, self.bench, lambda: self.viewport, self)
            self.item.touched.connect(self._touch)
            document.size_changed.connect(self._take_size)
        self.drawing.use(document)
        self._on_shown()
        if document is not None and is_another and self.shows_document:
            remembered_view.take_json(self.viewport, document.view)
            self._after_move(0.0)

    def look_at_picture(self, looks: bool) -> None:
        """Show a picture instead of the document for as long as one likes; the document waits."""
        if looks != self._looks_at_picture:
            self._looks_at_picture = looks
            self._on_shown()

    @property
    def shows_document(self) -> bool:
        return self.item is not None and not self._looks_at_picture

    def show_stream(self, image: QImage | None, rect: Rect) -> None:
        """A picture that comes out of the noise, in its place on the document; None: no more."""
        if self.item is not None:
            self.item.show_stream(image, rect)

    def show_map(self, image: QImage | None) -> None:
        """A map over the document; None: no more."""
        if self.item is not None:
            self.item.show_map(image)

    def show_sight(self, lines: SightLines) -> None:
        """What the model will see, in lines over the document."""
        if self.item is not None:
            self.item.show_sight(lines)

    def rest_overlays(self, rests: bool) -> None:
        """Of the mask only its line is seen, and nothing of what the model will see; or all again."""
        if self.item is not None and self.item.rests is not rests:
            self.item.set_look(rests=rests)

    def toggle_look(self, name: str) -> None:
        """`shows_only_mask` or `hides_overlays`, on or off."""
        if self.item is not None:
            self.item.set_look(**{name: not getattr(self.item, name)})

    def paint_document(self, painter: QPainter, part: QRect) -> None:
        """`part` is in device pixels, and so is the painter."""
        if self.item is not None:
            self.item.paint(painter, part)

    # what tools do with the view

    @property
    def middle(self) -> tuple[float, float]:
        return self.width() / 2, self.height() / 2

    def zoom_by_at(self, factor: float, view_x: float, view_y: float) -> None:
        self.zoom_by(factor, QPointF(view_x, view_y))

    def rotate_by(self, angle_deg: float) -> None:
        """Turn the sheet, clockwise as it is seen."""
        self.viewport.turn(angle_deg)
        self._after_move(self.viewport.zoom)
        self.turned.emit()

    def mirror(self) -> None:
        self.viewport.mirror()
        self._after_move(self.viewport.zoom)
        self.turned.emit()

    def straighten(self) -> None:
        self.viewport.straighten()
        self._after_move(self.viewport.zoom)
        self.turned.emit()

    def _after_move(self, was_zoom: float) -> None:
        super()._after_move(was_zoom)
        self._show_pen()
        if self.shows_document and not self._remembering.isActive():
            self._remembering.start()

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.is_grabbed or self.drawing is None:
            return
        if event.button() == Qt.MouseButton.LeftButton and self.takes_tool():
            self.drawing.press(self.drawing.pen_event(event))
        elif event.button() == Qt.MouseButton.RightButton and self._is_sizing_key(event):
            self._begin_sizing(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._take_keys()
        if self.drawing is None:
            return
        if self._sizing is not None:
            self._size_by(self._sizing, event.position())
        elif not self.is_grabbed and self.draws:
            self.drawing.move(self.drawing.pen_event(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.RightButton:
            self._sizing = None
        elif self.drawing is not None and event.button() == Qt.MouseButton.LeftButton:
            self.drawing.release(self.drawing.pen_event(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if not (left and self.draws and self.drawing is not None and self.drawing.double_click()):
            self.mousePressEvent(event)  # two quick touches of the brush are two touches

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.drawing is not None:
            self.drawing.leave()

    # pen

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Not accepted, an event comes again as the mouse's: so pan, menu and drag work with a pen too."""
        if self.drawing is None or not self._takes_pen(event):
            event.ignore()
            return
        event.accept()
        made = self.drawing.pen_event(event)
        match event.type():
            case QEvent.Type.TabletPress if self.takes_tool():
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self.drawing.press(made)
            case QEvent.Type.TabletMove:
                self._take_keys()
                self.drawing.move(made)
            case QEvent.Type.TabletRelease:
                self.drawing.release(made)

    def _takes_pen(self, event: QTabletEvent) -> bool:
        assert self.drawing is not None and self.bench is not None
        if self.drawing.is_pressed:
            return True
        if self.is_grabbed or self._space_is_down or not self.can_take_tool():
            return False
        if event.type() != QEvent.Type.TabletPress:
            return True
        is_tip = event.button() == Qt.MouseButton.LeftButton
        is_barrel = event.button() == Qt.MouseButton.RightButton
        return is_tip or (is_barrel and self.bench.tool.picks_colour and self.shows_document)

    # what a press would do

    @property
    def draws(self) -> bool:
        """Whether the tool in hand has something to work on here."""
        return self.bench is not None and (self.shows_document or not self.bench.tool.needs_document)

    def can_take_tool(self) -> bool:
        """Whether a press begins a stroke, if need be on a document that is opened for it."""
        return self.bench is not None and (self.draws or self.bench.tool.opens_document)

    def takes_tool(self) -> bool:
        """The same, and the document is opened."""
        if not self.can_take_tool():
            return False
        if self.draws:
            return True
        before = self.item
        self.document_wanted.emit()
        # one that was open already is only shown again: the press was meant for what was seen
        return self.draws and self.item is not before

    # size by dragging

    def _is_sizing_key(self, event: QMouseEvent) -> bool:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return alt and self.bench is not None and self.bench.has_option("size")

    def _begin_sizing(self, event: QMouseEvent) -> None:
        assert self.bench is not None
        options = self.bench.options()
        self._sizing = Sizing(event.position(), options.size, options.hardness)

    def _size_by(self, sizing: Sizing, place: QPointF) -> None:
        """The tip's edge follows the pointer; its middle stays where one pressed."""
        assert self.bench is not None
        moved = place - sizing.start
        self.bench.set_size(sizing.size + 2 * moved.x() * self.viewport.ratio / self.viewport.zoom)
        hardness = min(max(sizing.hardness - moved.y() / HARDNESS_PX, 0.0), 1.0)
        self.bench.set_option("hardness", round(hardness, 2))

    # keys

    def _take_keys(self) -> None:
        """Over the canvas the keys are the tools', also after a button, a slider or a list of choices
        elsewhere was clicked; who writes keeps them."""
        holder = QApplication.focusWidget()
        clicked = isinstance(holder, (QAbstractButton, QAbstractSlider, QComboBox))
        if clicked and holder.window() is self.window():
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._take_key(event):
            super().keyPressEvent(event)
        self._take_space()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_O and not event.isAutoRepeat() and self.item is not None:
            self.item.set_look(is_flashing=False)
        super().keyReleaseEvent(event)
        self._take_space()

    def event(self, event: QEvent) -> bool:
        """Esc belongs to the stroke while there is one, and not to the running job."""
        if asks_shortcut(event, FOR_PICTURES) and self.shows_document:
            event.accept()
            return True
        if asks_shortcut(event, {Qt.Key.Key_Escape}) and self.drawing is not None and self.drawing.can_cancel:
            event.accept()
            return True
        if event.type() == QEvent.Type.ContextMenu and self._sizing is not None:
            event.accept()
            return True
        rotate = Qt.NativeGestureType.RotateNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == rotate and self.shows_document:
            self.rotate_by(event.value())
            return True
        return super().event(event)

    def _take_key(self, event: QKeyEvent) -> bool:
        drawing, key = self.drawing, Qt.Key(event.key())
        if drawing is None or self.bench is None or not self.shows_document:
            return False
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        match key:
            case Qt.Key.Key_Escape:
                return drawing.cancel()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if plain:
                return drawing.accept()
            case Qt.Key.Key_Backspace if plain:
                return drawing.step_back()
            case Qt.Key.Key_Delete if plain:
                self.clear_asked.emit()
                return True
            case Qt.Key.Key_O if plain and self.item is not None:
                self.item.set_look(is_flashing=True)
                return True
            case _ if plain and Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and self.bench.has_option("opacity"):
                digit = key - Qt.Key.Key_0
                self.bench.set_opacity(digit / 10 if digit else 1.0)
                return True
        return False

    def _take_space(self) -> None:
        if self.drawing is not None:
            self.drawing.has_space = self._space_is_down

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        drawing = self.drawing
        is_elsewhere = event.reason() == Qt.FocusReason.ActiveWindowFocusReason
        if is_elsewhere and drawing is not None and drawing.is_pressed and drawing.pen is not None:
            drawing.release(drawing.pen)  # nobody says that the button was let go elsewhere
        self._take_space()

    # where the pen is

    def usual_cursor(self) -> QCursor | None:
        if self.bench is None or not self.draws:
            return None
        if self.drawing is not None and self.drawing.is_worked_on:
            return QCursor(Qt.CursorShape.BusyCursor)
        return cursor_for(self.bench.tool, is_small=self._has_small_tip())

    def _has_small_tip(self) -> bool:
        tip = self.drawing.tip() if self.drawing is not None else None
        return tip is None or tip.radius_px * self.viewport.zoom / self.viewport.ratio < SMALL_TIP_PX

    def _show_pen(self, _what: str = "") -> None:
        """The tool's lines and the tip's outline, where they are now."""
        if self.item is None or self.drawing is None:
            return
        drawing = self.drawing
        self.item.show_guides(drawing.performance.hand.guides if drawing.performance is not None else ())
        tip = drawing.tip() if self.shows_document else None
        outline = None
        if tip is not None and drawing.pen is not None and not self.is_grabbed:
            x, y = drawing.pen.x, drawing.pen.y
            if self._sizing is not None:
                start = self._sizing.start * self.viewport.ratio
                x, y = self.viewport.to_picture(start.x(), start.y())
            outline = overlays.outline_of(tip, x, y, self.viewport)
        self.item.show_outline(outline)
        if not self.is_grabbed and not self._space_is_down:
            self._show_cursor()

    def _on_bench(self, name: str) -> None:
        if name == "tool_id":
            self._show_cursor()
            self._show_pen()

    def _on_shown(self) -> None:
        """The document, or something else, is shown from now on."""
        if self.shows_document:
            self._take_size()
        self._show_cursor()
        self._show_pen()
        self.update()

    def _take_size(self) -> None:
        if self.item is not None and self.shows_document:
            was_zoom = self.viewport.zoom
            size = self.item.document.size
            self.viewport.set_extent((size.width, size.height))
            self._after_move(was_zoom)

    def _remember_view(self) -> None:
        """With the document, so that one goes on where one was."""
        self._remembering.stop()
        if self.item is not None and self.shows_document and not self.item.document.is_closed:
            self.item.document.remember_view(remembered_view.to_json(self.viewport))

    def _touch(self, rect: QRect) -> None:
        """Device pixels that look different."""
        if not self.shows_document:
            return
        ratio = self.viewport.ratio
        logical = QRectF(rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio)
        self.update(logical.toAlignedRect())


def asks_shortcut(event: QEvent, keys: set[Qt.Key]) -> bool:
    """Whether a shortcut for one of these keys alone would act now, if nobody wants the key."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return plain and Qt.Key(event.key()) in keys
