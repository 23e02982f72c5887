"""The document: what is painted on, undone, composed and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import tree
from desktop.state.document.background_work import BackgroundWork
from desktop.state.document.composite import Composite
from desktop.state.document.document_map import DocumentMap
from desktop.state.document.document_region import DocumentRegion
from desktop.state.document.document_state import DocumentState, MaskMode
from desktop.state.document.errand import Errand
from desktop.state.document.history import Entry, History
from desktop.state.document.layers import Group, Layer, PaintLayer, new_id
from desktop.state.document.line import Line
from desktop.state.document.names import new_layer_name
from desktop.state.document.transaction import Transaction, put
from desktop.state.document.watch import Watch
from engine.api.images import Extent

L = TypeVar("L", bound=Layer)
R = TypeVar("R")


class Document(QObject):
    """A tree of layers, a selection, a mask, a shelf of masks, and one history of all of it.

    Every change happens inside `begin`; pixels are changed in place through a layer's `pixels`, everything
    else through the methods below. Lives in the GUI thread.
    """

    changed = Signal(object)
    """A `Rect` of the canvas that may look different."""
    layers_changed = Signal()
    """The tree of layers, or what a layer is called and how it blends."""
    active_changed = Signal()
    selection_changed = Signal(object)
    """`Rect`."""
    masks_changed = Signal(object)
    """`Rect` of the active mask; also when its mode or the shelf changed (then the whole canvas)."""
    maps_changed = Signal()
    """What the next picture is to follow."""
    regions_changed = Signal()
    history_changed = Signal()
    size_changed = Signal()
    settled = Signal()
    """A change is over, or was taken back."""
    view_changed = Signal()
    """How the canvas is looked at; kept, but no entry of the history."""
    errand_changed = Signal()
    """Work in the background began, or is over; see `compute`."""
    errand_failed = Signal(object)
    """The exception of such work: nothing has changed."""
    settings_restored = Signal(str)
    """Undo or redo brought back other settings for generating (JSON)."""

    def __init__(
        self,
        size: Extent = Extent(1024, 1024),
        state: DocumentState | None = None,
        id: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Without `state`, one empty paint layer."""
        super().__init__(parent)
        self.id = id or new_id()
        """The same through saving, a kill and a restart."""
        self.path: Path | None = None
        """The file it was opened from or saved to."""
        self.view = ""
        """How the canvas was looked at last, as JSON of the canvas; see `remember_view`."""
        self.is_closed = False
        self.state = state or empty_state(size)
        self.composite = Composite(self.root, self.state.active_id)
        """What one sees."""
        self.transaction: Transaction | None = None
        """What is being done; see `begin`."""
        self._work = BackgroundWork(self)
        self.saved_entry: Entry | None = None
        """The last thing done that is in the file at `path`."""
        self.history = History(self._replay, self.history_changed.emit, self.finish)
        self._watch = Watch(self)

    # what is there

    @property
    def identity(self) -> str:
        """The same for all its files, also when it was closed and opened again; `id` is that of this one."""
        return self.root.id

    @property
    def size(self) -> Extent:
        return self.state.size

    @property
    def canvas(self) -> Rect:
        """All of the canvas; layers may reach outside it."""
        return Rect.whole(self.size)

    @property
    def root(self) -> Group:
        return self.state.root

    @property
    def active(self) -> Layer:
        """The layer that is painted on (a group where one is chosen)."""
        return tree.find(self.root, self.state.active_id) or self.root

    @property
    def selection(self) -> Tiles | None:
        """Coverage of what is selected; None where nothing is."""
        return self.state.selection

    @property
    def mask(self) -> Tiles:
        """The active edit mask, to be painted in."""
        return self.state.mask

    @property
    def maps(self) -> tuple[DocumentMap, ...]:
        """What the next picture follows besides words."""
        return self.state.maps

    @property
    def regions(self) -> tuple[DocumentRegion, ...]:
        """Places with words of their own."""
        return self.state.regions

    @property
    def mask_mode(self) -> MaskMode:
        return self.state.mask_mode

    def layer(self, id: str) -> Layer | None:
        return tree.find(self.root, id)

    def is_locked(self, layer: Layer) -> bool:
        """By itself or by a group that holds it."""
        return layer.locked or any(group.locked for group in tree.groups_above(self.root, layer.id))

    @property
    def can_paint(self) -> bool:
        """Whether the active layer takes paint."""
        return self.active.is_paintable and not self.is_locked(self.active)

    @property
    def is_busy(self) -> bool:
        """In the middle of a change, e.g. a stroke, or of work in the background."""
        return self.transaction is not None or self.errand is not None

    @property
    def lets_in(self) -> bool:
        """Whether `slip_in` may be called now: nothing is being done, or something that lets it in."""
        return not self.is_busy or (self.transaction is not None and self.transaction.lets_in)

    @property
    def is_modified(self) -> bool:
        """Whether anything happened since `mark_saved`."""
        return self._last_entry is not self.saved_entry

    def mark_saved(self, path: Path | None = None) -> None:
        """This is what the file holds."""
        self.path = path or self.path
        self.saved_entry = self._last_entry
        self.history_changed.emit()

    def remember_view(self, view: str) -> None:
        """JSON of zoom, place and turn."""
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    def unfinished_entry(self) -> Entry | None:
        """What is being done right now, so far; for the journal."""
        return self.transaction.unfinished_entry(self.state) if self.transaction is not None else None

    def take_history(self, entries: list[Entry], position: int, saved: int) -> None:
        """The history that belongs to this document, e.g. from its journal."""
        self.history.entries, self.history.position = entries, position
        self.saved_entry = next((entry for entry in entries if entry.number == saved), None)
        self.history_changed.emit()

    # change

    @contextmanager
    def begin(self, title: object, merge: str = "") -> Iterator[Transaction]:
        """Everything that is changed inside is one entry of the history, called `title`: English, marked with
        `QT_TRANSLATE_NOOP("History", ...)`, which PySide types as an object.

        Inside another `begin` it is part of that one. An exception (also the close of a generator) brings all
        back. Entries in a row with one `merge` become one.
        """
        self.finish()
        if self.transaction is not None:
            yield self.transaction
            return
        transaction = self.transaction = Transaction(str(title), merge, self.state)
        try:
            yield transaction
        except BaseException:
            self.roll_back()
            raise
        if transaction.last is not None:
            self._work.send(transaction.last)
        else:
            self.commit()

    # work in the background

    @property
    def background(self) -> Background | None:
        """Where `compute` works; without, it works at once."""
        return self._work.pool

    @background.setter
    def background(self, pool: Background | None) -> None:
        self._work.pool = pool

    @property
    def errand(self) -> Errand | None:
        """What is worked on in the background."""
        return self._work.errand

    @property
    def line(self) -> Line:
        """What waits for it; see `when_free`."""
        return self._work.line

    def compute(
        self, title: object, work: Callable[[], R], take: Callable[[R], None], pixels: int | None = None
    ) -> None:
        """`work()` away from this thread, then `take` of what it gives, inside `begin(title)`.

        Work may read what the document holds (layers' tiles, selection, mask), which stays as it is: whatever
        else would change it waits for the work first, so the history is in the order in which things were
        asked for. `pixels`: how many are gone through; few of them are worked on at once. Inside `begin`
        it is part of that. What the work raises is raised where it is done at once, else `errand_failed`.
        """
        self._work.compute(title, work, take, pixels)

    def compute_last(
        self, work: Callable[[], R], take: Callable[[R], None], pixels: int | None = None
    ) -> None:
        """As `compute`, for the end of what is being done: it is over, and one entry, when that is taken.

        Until then it looks as it was left, and called off (or failed) it is taken back as a whole. Work may
        read only what it brought along. Only inside `begin`.
        """
        self._work.compute_last(self._underway, work, take, pixels)

    def sketch(self, work: Callable[[], R], take: Callable[[R], None]) -> None:
        """A look at what is being done, `take`n in the middle of it when it is there, unless that is over.
        Of those that are asked for while one is made, only the newest is made. Work may read only what it
        brought along. Only inside `begin`."""
        self._work.sketch(self._underway, work, take)

    def finish(self) -> None:
        """What is worked on in the background, and what waits for it, is part of the document when this
        returns."""
        self._work.finish()

    def when_free(self, do: Callable[[], object], is_kept: bool = False, asked_by: object = None) -> None:
        """`do()` now; or, where the document is worked on in the background, after that and after what was
        asked for before: the window goes on meanwhile. It is called off with that work, unless it `is_kept`,
        as what only reads the document is. `asked_by`: see `Line.holds`."""
        self._work.when_free(do, is_kept, asked_by)

    def cancel_errand(self) -> bool:
        """Nothing comes of what is worked on in the background, or of what was to be done after it. False
        where nothing is."""
        return self._work.cancel()

    def commit(self) -> None:
        """What is being done is over: one entry of the history."""
        transaction, self.transaction = self._underway, None
        try:
            entry = transaction.entry(self.state)
            if entry is not None:
                self.history.add(entry, transaction.slipped_in)
        finally:
            self.settled.emit()

    def roll_back(self) -> None:
        """What is being done is taken back."""
        transaction, self.transaction = self._underway, None
        try:
            transaction.take_back_pixels()
            self._take(transaction.before)
        finally:
            self.settled.emit()

    def slip_in(
        self, title: object, change: Callable[[DocumentState], DocumentState], merge: str = ""
    ) -> None:
        """What came without the artist's hand, as if it had been there before what was undone: that can
        still be redone. `change` gives another value for any that the document has (or had), and paints
        nothing. In the middle of a change that `lets_in` it comes before that."""
        if self.transaction is not None and self.transaction.lets_in:
            self._slip_under(self.transaction, str(title), change, merge)
            return
        with self.begin(title, merge) as transaction:
            transaction.slipped_in = change
            self.set_state(change(self.state))

    def set_state(self, state: DocumentState) -> None:
        """Another value for all of the document. Only inside `begin`."""
        assert self._underway is not None
        self._take(state)

    def change(self, layer: L, **fields: Any) -> L:
        """Another version of `layer` with other fields; returns it. Only inside `begin`."""
        present = self.layer(layer.id)
        assert present is not None
        version = replace(present, **fields)
        self.set_state(replace(self.state, root=tree.replaced(self.root, version)))
        return version  # type: ignore[return-value]

    def insert(self, layer: Layer, parent: Group | None = None, index: int | None = None) -> None:
        """Put a layer into `parent` at `index` (from the lowest); without, above the active one. It becomes
        active. Only inside `begin`."""
        if parent is None:
            parent, index = self.place_above_active()
        index = len(parent.children) if index is None else index
        root = tree.inserted(self.root, layer, parent.id, index)
        self.set_state(replace(self.state, root=root, active_id=layer.id))

    def place_above_active(self) -> tuple[Group, int]:
        """Where a new layer goes: on top in the active group if that is open, or above the active layer."""
        active = self.active
        if isinstance(active, Group) and (active is self.root or not active.is_folded):
            return active, len(active.children)
        parent = tree.parent_of(self.root, active.id) or self.root
        return parent, tree.index_in(parent, active.id) + 1

    def remove(self, layer: Layer) -> None:
        """Take a layer away; its neighbour becomes active. Only inside `begin`."""
        parent = tree.parent_of(self.root, layer.id)
        assert parent is not None
        index = tree.index_in(parent, layer.id)
        root = tree.removed(self.root, layer.id)
        left = tree.find(root, parent.id)
        assert isinstance(left, Group)
        active_id = self.state.active_id
        if tree.find(root, active_id) is None:
            active_id = left.children[min(index, len(left.children) - 1)].id if left.children else left.id
        self.set_state(replace(self.state, root=root, active_id=active_id))

    def set_selection(self, selection: Tiles | None) -> None:
        """Only inside `begin`."""
        self.set_state(replace(self.state, selection=selection))

    def set_mask(self, mask: Tiles, mode: MaskMode | None = None) -> None:
        """Another active mask. Only inside `begin`."""
        self.set_state(replace(self.state, mask=mask, mask_mode=mode or self.mask_mode))

    def set_maps(self, maps: tuple[DocumentMap, ...]) -> None:
        """Only inside `begin`."""
        self.set_state(replace(self.state, maps=maps))

    def set_regions(self, regions: tuple[DocumentRegion, ...]) -> None:
        """Only inside `begin`."""
        self.set_state(replace(self.state, regions=regions))

    def activate(self, layer: Layer) -> None:
        """Paint on this layer from now on; not an entry of the history."""
        self.finish()
        if layer.id != self.state.active_id and self.layer(layer.id) is not None:
            self._take(replace(self.state, active_id=layer.id))

    def change_unrecorded(self, layer: Layer, **fields: Any) -> None:
        """As `change`, for what nobody would undo (e.g. a folded group); not an entry of the history."""
        self.finish()
        version = replace(self.layer(layer.id) or layer, **fields)
        self._take(replace(self.state, root=tree.replaced(self.root, version)))

    def begin_with_settings(self, settings: str) -> None:
        """The settings that the first step back would find; not an entry of the history."""
        self.state = replace(self.state, settings=settings)

    # inside

    @property
    def _underway(self) -> Transaction:
        assert self.transaction is not None, "changes happen inside Document.begin"
        return self.transaction

    @property
    def _last_entry(self) -> Entry | None:
        return self.history.last

    def _slip_under(
        self,
        transaction: Transaction,
        title: str,
        change: Callable[[DocumentState], DocumentState],
        merge: str,
    ) -> None:
        before = transaction.before
        transaction.before = change(before)
        self.history.add(Entry(title, before, transaction.before, (), merge), change)
        self._take(change(self.state))

    def _replay(self, entry: Entry, is_undo: bool) -> None:
        for delta in entry.deltas:
            put(delta, is_undo)
        settings = self.state.settings
        self._take(entry.before if is_undo else entry.after)
        if self.state.settings != settings:
            self.settings_restored.emit(self.state.settings)

    def _take(self, state: DocumentState) -> None:
        """Be `state`, and say what differs."""
        before, self.state = self.state, state
        if before is not state:
            self._watch.follow(before, state)


def empty_state(size: Extent) -> DocumentState:
    """One transparent paint layer."""
    layer = PaintLayer(name=new_layer_name(()))
    return DocumentState(size=size, root=Group(name="", children=(layer,)), active_id=layer.id)
