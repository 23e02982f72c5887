"""Any sequence of strokes, layer commands, undo, redo and restarts gives the same pixels, cached or not."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from document_pictures import fresh, noise, seen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desktop.bridge.background import Background
from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.state.document import layer_commands, masks, merging, restoring, results
from desktop.state.document.document import Document
from desktop.state.document.journal import DocumentJournal
from desktop.state.document.layers import Group, ResultLayer, Variant, Verdict
from engine.api.images import Extent

SIZE = Extent(330, 290)
rects = st.builds(
    Rect, st.integers(-40, 300), st.integers(-40, 270), st.integers(1, 300), st.integers(1, 300)
)
layer_numbers = st.integers(0, 30)


class DocumentMachine(RuleBasedStateMachine):
    """Remembers what the canvas and the mask looked like after each step, and goes back and forth."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "a.sqlite"
        self.background = Background()
        self.document = Document(SIZE)
        self.follow(restoring.restore(self.file))
        self.looks = [self.look()]

    def follow(self, restored: restoring.Restored) -> None:
        self.journal = DocumentJournal(self.document, restored.file, self.background, delay_ms=10_000)
        if restored.state is not None:
            self.journal.holds(restored.numbers)

    def look(self) -> tuple:
        mask = self.document.mask.read(self.document.canvas)
        names = [layer.name for layer in self.document.root.walk()]
        return fresh(self.document), mask, names

    def did(self) -> None:
        """Something was done, or nothing could be: then what was undone can still be redone."""
        if not self.document.history.can_redo:
            self.looks = [*self.looks[: self.document.history.position], self.look()]

    def layer(self, number: int):
        layers = list(self.document.root.walk())
        return layers[number % len(layers)] if layers else None

    @rule(rect=rects, value=st.integers(0, 255), number=layer_numbers)
    def stroke(self, rect: Rect, value: int, number: int) -> None:
        layer = self.layer(number)
        if layer is None or layer.pixels is None:
            return
        self.document.activate(layer)
        with self.document.begin("Brush stroke"):
            one = layer.pixels.kind is Kind.COVERAGE
            layer.pixels.fill(rect, value if one else (value // 2, value // 3, 0, value))
        self.did()

    @rule(rect=rects, value=st.integers(0, 255))
    def paint_mask(self, rect: Rect, value: int) -> None:
        with self.document.begin("Paint the mask"):
            self.document.mask.fill(rect, value)
        self.did()

    @rule(rect=rects)
    def cancelled_stroke(self, rect: Rect) -> None:
        before = self.look()
        pixels = self.document.active.pixels
        with pytest.raises(KeyboardInterrupt), self.document.begin("Brush stroke"):
            if pixels is not None:
                pixels.fill(rect, 9 if pixels.kind is Kind.COVERAGE else (9, 9, 9, 99))
            layer_commands.add_paint_layer(self.document)
            raise KeyboardInterrupt
        assert same(before, self.look())

    @rule(seed=st.integers(0, 5), rect=rects, number=layer_numbers)
    def place(self, seed: int, rect: Rect, number: int) -> None:
        layer = self.layer(number)
        if layer is not None:
            self.document.activate(layer)
        layer_commands.add_image(self.document, noise(seed, rect), f"p{seed}")
        self.did()

    @rule(seed=st.integers(0, 5), rect=rects)
    def generate(self, seed: int, rect: Rect) -> None:
        variants = [Variant(tiles=noise(seed + number, rect)) for number in range(2)]
        results.add_result(self.document, variants, mask=self.document.mask.snapshot())
        self.did()

    @rule(number=layer_numbers, rect=rects)
    def with_result(self, number: int, rect: Rect) -> None:
        layer = self.layer(number)
        if not isinstance(layer, ResultLayer):
            return
        match number % 3:
            case 0:
                results.step_variant(self.document, layer, 1)
            case 1:
                is_gone = layer.verdict is Verdict.DISCARDED
                results.judge(self.document, layer, Verdict.PROPOSED if is_gone else Verdict.DISCARDED)
            case 2:
                with self.document.begin("Paint a variant"):
                    results.brush_in(self.document, layer, 1 - layer.chosen).fill(rect, 200)
        self.did()

    @rule(number=layer_numbers, what=st.integers(0, 10), blend=st.sampled_from(list(Blend)))
    def with_layer(self, number: int, what: int, blend: Blend) -> None:
        document, layer = self.document, self.layer(number)
        if layer is None:
            return
        acts = (
            lambda: layer_commands.duplicate(document, layer),
            lambda: layer_commands.delete(document, layer),
            lambda: merging.group_layers(document, [layer]),
            lambda: merging.ungroup(document, layer) if isinstance(layer, Group) else None,
            lambda: merging.merge_down(document, layer),
            lambda: merging.to_paint_layer(document, layer),
            lambda: layer_commands.set_visible(document, layer, not layer.visible),
            lambda: layer_commands.step(document, layer, 1),
            lambda: layer_commands.move_pixels(document, layer, 37, -11),
            lambda: layer_commands.add_mask_layer(document),
            lambda: set_look(document, layer, blend, number / 30),
        )
        acts[what]()
        self.did()

    @rule()
    def flatten(self) -> None:
        merging.flatten(self.document)
        self.did()

    @rule()
    def invert_mask(self) -> None:
        masks.invert(self.document)
        self.did()

    @rule(to=st.integers(0, 40))
    def jump(self, to: int) -> None:
        self.document.history.jump_to(to % (len(self.document.history.entries) + 1))

    @precondition(lambda self: self.document.history.can_undo)
    @rule()
    def undo(self) -> None:
        self.document.history.undo()

    @rule()
    def restart(self) -> None:
        self.journal.flush()
        self.journal.file.close()
        self.document.is_closed = True
        restored = restoring.restore(self.file)
        assert not restored.aside and not restored.lost
        if restored.state is not None:
            self.document = restoring.document_of(restored)
        else:
            self.document.is_closed = False
        self.follow(restored)

    @invariant()
    def it_looks_as_it_did(self) -> None:
        if hasattr(self, "looks"):
            assert len(self.document.history.entries) == len(self.looks) - 1
            assert same(self.look(), self.looks[self.document.history.position])
            assert (seen(self.document) == self.look()[0]).all()

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.file.close()
            self.background.close()
            self.folder.cleanup()


def set_look(document: Document, layer, blend: Blend, opacity: float) -> None:
    with document.begin("Change"):
        document.change(layer, blend=blend, opacity=opacity)


def same(one: tuple, other: tuple) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


@pytest.mark.parametrize("examples", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_whatever_is_done_the_pixels_are_what_they_were(qtbot, examples: int):
    run_state_machine_as_test(
        DocumentMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
