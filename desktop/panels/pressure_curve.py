"""How hard one has to press: a curve whose points one drags."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.raster.dynamics import FIRM, LINEAR, SOFT, Curve
from desktop.tools.workbench import Workbench
from desktop.widgets.label import Label
from desktop.widgets.theme import tokens

SIDE_PX = 132
NEAR_PX = 10.0
STEP = 0.02
APART = 0.02


class PressureCurve(QWidget):
    """The curve with its three usual shapes; for every tool that feels the pen."""

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.edit = CurveEdit(bench)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Label(self.tr("How the pen's pressure feels"), role="dim"))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.edit)
        shapes = QVBoxLayout()
        shapes.setSpacing(6)
        for text, curve in ((self.tr("Soft"), SOFT), (self.tr("Even"), LINEAR), (self.tr("Firm"), FIRM)):
            shapes.addWidget(self._button(text, curve))
        shapes.addStretch()
        row.addLayout(shapes, 1)
        layout.addLayout(row)

    def _button(self, text: str, curve: Curve) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: setattr(self._bench, "curve", curve))
        return button


class CurveEdit(QWidget):
    """A click on the line sets a point, a drag moves one, a double click (or Del) takes it away.
    Left and Right choose a point, Up and Down move it."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self._chosen = 0
        self._is_dragging = False
        self.setFixedSize(QSize(SIDE_PX, SIDE_PX))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Pressure curve"))
        bench.changed.connect(self._on_bench)

    def _on_bench(self, name: str) -> None:
        if name == "curve":
            self._chosen = min(self._chosen, len(self._bench.curve.points) - 1)
            self.update()

    # painting

    @property
    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(7, 7, -7, -7)

    def _place(self, x: float, y: float) -> QPointF:
        box = self._box
        return QPointF(box.left() + x * box.width(), box.bottom() - y * box.height())

    def _value(self, at: QPointF) -> tuple[float, float]:
        box = self._box
        x, y = (at.x() - box.left()) / box.width(), (box.bottom() - at.y()) / box.height()
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = tokens().color("text" if self.hasFocus() else "line")
        painter.setPen(QPen(frame, 2 if self.hasFocus() else 1))
        painter.setBrush(tokens().color("field"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(QPen(tokens().color("line"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(self._place(0, 0), self._place(1, 1))
        curve = self._bench.curve
        painter.setPen(QPen(tokens().color("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self._place(step / 64, curve(step / 64)) for step in range(65)]))
        for index, (x, y) in enumerate(curve.points):
            is_chosen = index == self._chosen and self.hasFocus()
            painter.setBrush(tokens().color("accent" if is_chosen else "text"))
            painter.setPen(QPen(tokens().color("field"), 1.5))
            painter.drawEllipse(self._place(x, y), 4.5, 4.5)
        painter.end()

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self._near(event.position())
        if near is None:
            x, y = self._value(event.position())
            points = sorted([*self._bench.curve.points, (x, y)])
            near = points.index((x, y))
            if not self._set(points):
                return
        self._chosen, self._is_dragging = near, True
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self._move(*self._value(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        near = self._near(event.position())
        if near is not None:
            self._chosen = near
            self._remove()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        points = self._bench.curve.points
        x, y = points[self._chosen]
        match Qt.Key(event.key()):
            case Qt.Key.Key_Left:
                self._chosen = max(self._chosen - 1, 0)
            case Qt.Key.Key_Right:
                self._chosen = min(self._chosen + 1, len(points) - 1)
            case Qt.Key.Key_Up:
                self._move(x, min(y + STEP, 1.0))
            case Qt.Key.Key_Down:
                self._move(x, max(y - STEP, 0.0))
            case Qt.Key.Key_Delete:
                self._remove()
            case _:
                super().keyPressEvent(event)
                return
        self.update()

    def _near(self, at: QPointF) -> int | None:
        for index, (x, y) in enumerate(self._bench.curve.points):
            if (self._place(x, y) - at).manhattanLength() <= NEAR_PX:
                return index
        return None

    def _move(self, x: float, y: float) -> None:
        """Between its neighbours; the ends stay at the ends."""
        points = list(self._bench.curve.points)
        last = len(points) - 1
        low = points[self._chosen - 1][0] + APART if self._chosen else 0.0
        high = points[self._chosen + 1][0] - APART if self._chosen < last else 1.0
        x = 0.0 if self._chosen == 0 else 1.0 if self._chosen == last else min(max(x, low), max(high, low))
        points[self._chosen] = (x, y)
        self._set(points)

    def _remove(self) -> None:
        points = list(self._bench.curve.points)
        if 0 < self._chosen < len(points) - 1:
            del points[self._chosen]
            self._set(points)

    def _set(self, points: list[tuple[float, float]]) -> bool:
        try:
            self._bench.curve = Curve(tuple(points))
        except ValueError:
            return False  # two points too near to each other
        return True
