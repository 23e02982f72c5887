"""From mouse and pen to the tool: every event counts, and what they do is shown once a frame."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QInputEvent, QMouseEvent, QPointingDevice, QTabletEvent

from desktop.canvas.viewport import Viewport
from desktop.raster.dab import Tip
from desktop.state.document.document import Document
from desktop.tools.options import StrokeOptions
from desktop.tools.painting import tip_of
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Performance, Tool, View
from desktop.tools.toolbox import tools
from desktop.tools.workbench import Workbench
from engine.api.images import Extent

log = logging.getLogger("canvas")

FRAME_S = 0.008
"""Moves that come within this time are drawn together."""
LINGER_MS = 33


@dataclass(frozen=True, eq=False)
class Ready:
    """A tool in the hand, set as it was when the pen came down."""

    tool: Tool
    hand: Hand
    options: object


class Drawing(QObject):
    """The stroke under way on one document."""

    moved = Signal()
    """The guides or the tip may lie elsewhere."""
    begun = Signal()
    ended = Signal()

    def __init__(
        self, bench: Workbench, view: View, viewport: Callable[[], Viewport], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bench = bench
        self._view = view
        self._viewport = viewport
        self.document: Document | None = None
        self.performance: Performance | None = None
        self.pen: PenEvent | None = None
        """Where the pen is; None away from the canvas."""
        self.is_pressed = False
        self.has_space = False
        self._is_touched = False
        """Whether the pen was set down in what is under way: handles alone are nothing to take back."""
        self._waiting: list[PenEvent] = []
        self._shown_s = 0.0
        self._frame = QTimer(self, singleShot=True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self.flush)
        self._linger = QTimer(self, interval=LINGER_MS)
        self._linger.timeout.connect(self._pass_time)
        bench.changed.connect(self._on_bench)

    # what happens

    def use(self, document: Document | None) -> None:
        """Draw on this document from now on; a stroke on another is ended as it is."""
        for end in (self._finish, self.end, self._finish):  # what waits may begin a stroke, its end more work
            end()
        if self.document is not None:
            self.document.settled.disconnect(self._renew_handles)
            self.document.active_changed.disconnect(self._renew_handles)
            self.document.errand_changed.disconnect(self._follow_errand)
            self.document.errand_failed.disconnect(self._say_failed)
        self.document = document
        if document is not None:
            document.settled.connect(self._renew_handles)
            document.active_changed.connect(self._renew_handles)
            document.errand_changed.connect(self._follow_errand)
            document.errand_failed.connect(self._say_failed)
        self._begin_at_once()

    def press(self, event: PenEvent) -> None:
        """The pen is set down: a stroke begins, or goes on with its next click."""
        tool = self._tool_for(event)
        if tool.needs_document and self._must_wait:
            self._wait(lambda ready=self._ready(tool): self._press(event, ready), event)
        else:
            self._press(event, self._ready(tool))

    def _press(self, event: PenEvent, ready: Ready) -> None:
        """With the tool as it was when the pen was set down."""
        self.flush()
        self.pen, self.is_pressed = event, True
        if self.performance is None:
            self._begin(ready)
        self._is_touched = True
        self._send([replace(event, moment=Moment.PRESS)])
        if self.performance is not None and self.performance.tool.lingers:
            self._linger.start()

    def move(self, event: PenEvent) -> None:
        """The pen moved, pressed or not; shown with the frame."""
        if self._is_in_line:
            self._wait(lambda: self._move(event), event)
        else:
            self._move(event)

    def _move(self, event: PenEvent) -> None:
        self.pen = event
        if self.performance is not None and (self.is_pressed or self.performance.tool.takes_several):
            moment = Moment.MOVE if self.is_pressed else Moment.HOVER
            self._waiting.append(replace(event, moment=moment))
            self._show_soon()
        else:
            self.moved.emit()

    def release(self, event: PenEvent) -> None:
        if self._is_in_line:
            self._wait(lambda: self._release(event), event)
        else:
            self._release(event)

    def _release(self, event: PenEvent) -> None:
        if not self.is_pressed:
            return
        self._linger.stop()
        self.is_pressed = False
        self.pen = event
        self.flush()
        self._send([replace(event, moment=Moment.RELEASE)])

    def leave(self) -> None:
        """The pen is not over the canvas; a stroke goes on."""
        if not self.is_pressed:
            self.pen = None
            self.moved.emit()

    def flush(self) -> None:
        """Draw what has come so far."""
        self._frame.stop()
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._send(waiting)

    def accept(self) -> bool:
        """Enter: end a stroke that takes several clicks. False where there is none."""
        if self._is_in_line:
            self._join_line(self.accept)
            return True
        if self.performance is None or self.is_pressed:
            return False
        self.end()
        self._begin_at_once()
        return True

    def double_click(self) -> bool:
        """As Enter, or what the tool has for it."""
        if self._is_in_line:
            self._join_line(self.double_click)
            return True
        tool = self._bench.tool
        if tool.double_click is not None:
            tool.double_click(self._bench.hand(self.document or Document(Extent(1, 1)), self._view))
            return True
        return self.performance is not None and self.performance.tool.takes_several and self.accept()

    def step_back(self) -> bool:
        """Backspace or undo in the middle of it: one click less, or all. False where nothing was done."""
        if self.is_worked_on:
            return self.cancel()
        if self.performance is None or not self._is_touched:
            return False
        if self.performance.tool.takes_several and not self.performance.tool.starts_at_once:
            self._send(
                [
                    PenEvent(0, 0, Moment.STEP_BACK)
                    if self.pen is None
                    else replace(self.pen, moment=Moment.STEP_BACK)
                ]
            )
            return True
        return self.cancel()

    def cancel(self) -> bool:
        """Esc: everything as it was before. False where nothing was under way."""
        if self.is_worked_on and self.document is not None:
            return self.document.cancel_errand()
        if self.performance is None:
            return self._bench.segmenting is not None and self._bench.segmenting.cancel()
        self._waiting.clear()
        self._frame.stop()
        self._linger.stop()
        self.is_pressed = False
        self.performance.cancel()
        self._after()
        self._begin_at_once()
        return True

    def end(self) -> None:
        """End what is under way as it is: the pen is lifted, handles are let go."""
        if self.performance is None:
            return
        if self.is_pressed and self.pen is not None:
            self.release(self.pen)
        if self.performance is not None:
            self.flush()
        if self.performance is not None:
            performance = self.performance
            self._guarded(performance.accept)
            self._after()

    def show_handles(self) -> None:
        """Of the tool in hand, where something else has put them away."""
        if self.performance is None:
            self._begin_at_once()

    @property
    def can_cancel(self) -> bool:
        """Esc belongs here: to a stroke, to work in the background, to what a network looks for."""
        segmenting = self._bench.segmenting
        return self.is_at_work or (segmenting is not None and segmenting.is_at_work)

    @property
    def is_at_work(self) -> bool:
        return self.performance is not None or self.is_worked_on

    # how it looks

    def tip(self) -> Tip | None:
        """The tip as it would be set down now; None for a tool that has none."""
        tool = self.performance.tool if self.performance is not None else self._tool_for(self.pen)
        options = self._bench.options(tool.id)
        if tool.cursor is not Cursor.TIP or not isinstance(options, StrokeOptions) or self.pen is None:
            return None
        # above the canvas the pen does not press yet: shown is all that it could cover
        held = self.pen if self.is_pressed else replace(self.pen, pressure=1.0)
        curve = Hand(self.document, curve=self._bench.curve) if self.document is not None else None
        if curve is None:
            return Tip(options.size / 2, options.hardness)
        return tip_of(curve, options)(held.point)

    # inside

    @property
    def is_worked_on(self) -> bool:
        """In the background: what the pen does waits for it."""
        return self.document is not None and self.document.errand is not None

    def _finish(self) -> None:
        if self.document is not None:
            self.document.finish()

    @property
    def _must_wait(self) -> bool:
        """What was asked for first comes first."""
        return self.is_worked_on or (self.document is not None and not self.document.line.is_free)

    def _wait(self, do: Callable[[], None], event: PenEvent) -> None:
        """`do` what the pen does when the work, and all that was asked for before, is done."""
        self._join_line(do)
        self.pen = event
        self.moved.emit()

    def _join_line(self, do: Callable[[], object]) -> None:
        assert self.document is not None
        self.document.when_free(do, asked_by=self)

    @property
    def _is_in_line(self) -> bool:
        """Whether something that the pen did waits until the document is not worked on any more."""
        return self.document is not None and self.document.line.holds(self)

    def _follow_errand(self) -> None:
        """The document is worked on in the background, or not any more."""
        self.moved.emit()
        (self.begun if self.is_worked_on else self.ended).emit()

    def _tool_for(self, event: PenEvent | None) -> Tool:
        """The tool in hand, or the one that a key or the pen's other end puts there for this stroke."""
        tool = self._bench.tool
        if event is None:
            return tool
        if event.is_eraser and tool.needs_document and not tool.has_own_eraser:
            return tools()["eraser"]
        is_barrel = bool(event.buttons & Qt.MouseButton.RightButton)
        if tool.picks_colour and (event.alt or is_barrel):
            return tools()["picker"]
        return tool

    def _ready(self, tool: Tool) -> Ready:
        # tools that only move the view get a sheet of nothing
        hand = self._bench.hand(self.document or Document(Extent(1, 1)), self._view)
        return Ready(tool, hand, self._bench.options(tool.id))

    def _begin(self, ready: Ready) -> None:
        if self.document is None and ready.tool.needs_document:
            return
        self.performance = Performance(ready.tool, ready.hand, ready.options)
        self._is_touched = False
        self.begun.emit()

    def _begin_at_once(self) -> None:
        """Handles are there as soon as their tool is taken up."""
        if self.document is not None and self._bench.tool.starts_at_once and not self._is_in_line:
            self._begin(self._ready(self._bench.tool))
            self.moved.emit()

    def _renew_handles(self) -> None:
        """Something else has changed: handles that nobody holds stand around what is there now."""
        performance = self.performance
        if performance is not None and performance.tool.starts_at_once and not self._is_touched:
            self.cancel()

    def _send(self, events: list[PenEvent]) -> None:
        performance = self.performance
        if performance is None:
            return
        self._shown_s = time.perf_counter()
        self._guarded(lambda: performance.send_all(events))
        if performance.is_over:
            self._after()
            if not self.is_pressed:
                self._begin_at_once()
        else:
            self.moved.emit()

    def _guarded(self, do: Callable[[], None]) -> None:
        """A tool that fails loses its stroke, and nothing else: it was taken back, and is said."""
        try:
            do()
        except (MemoryError, ValueError) as error:
            self._say_failed(error)

    def _say_failed(self, error: Exception) -> None:
        if isinstance(error, MemoryError):
            self._bench.said.emit(self.tr("There is not enough memory for this."))
            return
        log.error("a stroke failed", exc_info=error)
        self._bench.said.emit(self.tr("This could not be done; nothing has changed."))

    def _after(self) -> None:
        performance, self.performance = self.performance, None
        self._linger.stop()
        if performance is not None and performance.tool.picks_colour and not self._bench.paints_mask:
            self._bench.remember_colour()
        self.moved.emit()
        self.ended.emit()

    def _show_soon(self) -> None:
        wait = self._shown_s + FRAME_S - time.perf_counter()
        if wait <= 0:
            self.flush()
        elif not self._frame.isActive():
            self._frame.start(max(round(wait * 1000), 1))

    def _pass_time(self) -> None:
        if self.pen is not None and self.is_pressed:
            self.move(replace(self.pen, time_s=time.perf_counter()))

    def _on_bench(self, name: str) -> None:
        if name == "tool_id":
            self.end()
            self._begin_at_once()
            self.moved.emit()

    # events of Qt

    def pen_event(self, event: QMouseEvent | QTabletEvent) -> PenEvent:
        """What a mouse or tablet event says, in document pixels."""
        viewport = self._viewport()
        place: QPointF = event.position()
        x, y = viewport.to_picture(place.x() * viewport.ratio, place.y() * viewport.ratio)
        made = PenEvent(
            x, y,
            buttons=event.buttons() | event.button(),
            modifiers=event.modifiers(),
            time_s=time.perf_counter(),
            has_space=self.has_space,
            view_x=place.x(), view_y=place.y(),
        )  # fmt: skip
        if isinstance(event, QTabletEvent):
            made = replace(
                made,
                pressure=min(max(event.pressure(), 0.0), 1.0),
                tilt_x=float(event.xTilt()), tilt_y=float(event.yTilt()),
                rotation=float(event.rotation()),
                is_eraser=is_eraser(event),
            )  # fmt: skip
        return made


def is_eraser(event: QInputEvent) -> bool:
    device = event.pointingDevice() if isinstance(event, QTabletEvent) else None
    return device is not None and device.pointerType() == QPointingDevice.PointerType.Eraser
