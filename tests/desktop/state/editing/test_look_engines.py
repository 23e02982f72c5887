"""Looks beside a picture that is drawn: a second engine where there is memory, else one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from studios import PATIENCE_MS
from toy_engine import ToyEngine

from desktop.bridge.engine_thread import EngineThread
from desktop.state.editing import look_engines
from desktop.state.editing.look_engines import LookEngines, beside
from engine.api.events import MapReady
from engine.api.images import ImageInput
from engine.api.look import LookRequest
from engine.api.maps import MapKind
from engine.worker import Settings

REQUEST = LookRequest(ImageInput.of(np.zeros((64, 64, 3), np.uint8)), MapKind.CANNY)


@pytest.fixture
def busy(qtbot):
    """An engine that never gets to what it is asked."""
    engine = EngineThread(ToyEngine())
    engine.start = lambda: None
    engine.submit("a", REQUEST)
    yield engine
    engine.stop()


def test_a_look_beside_a_picture_is_answered_by_a_second_engine_that_rests_later(busy, qtbot):
    engines = LookEngines(busy, ToyEngine)
    with qtbot.waitSignals([engines.said, engines.ended], timeout=PATIENCE_MS):
        heard = []
        engines.said.connect(lambda look, event: heard.append(event))
        look, waits = engines.ask(REQUEST, 1000)
    assert look == "look-1" and not waits
    qtbot.waitUntil(lambda: any(isinstance(event, MapReady) for event in heard), timeout=PATIENCE_MS)
    assert engines.resting.isActive() and engines.second is not None and engines.second.is_running
    engines.resting.timeout.emit()
    assert engines.second is None


def test_where_there_is_no_memory_or_no_second_engine_it_waits_and_can_be_cancelled(busy, monkeypatch):
    assert LookEngines(busy, None).ask(REQUEST, 1000)[1]
    monkeypatch.setattr(look_engines, "free_bytes", lambda device: 2_000_000_000)
    engines = LookEngines(busy, ToyEngine)
    look, waits = engines.ask(REQUEST, 200_000_000)
    assert waits and engines.second is None
    engines.cancel(look)
    assert busy._controls[look].is_cancelled


def test_the_second_engine_leaves_the_card_to_the_picture():
    assert beside(Settings("cuda:0")).device == "cpu" and (beside(Settings()).threads or 0) >= 1
