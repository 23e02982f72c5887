"""What one can do to the chosen layers, as actions for buttons, keys and menus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.state.document import layer_commands, masks, merging, results
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, Layer, MaskLayer, PaintLayer, ResultLayer, Verdict
from desktop.state.documents import Documents
from desktop.widgets.icons import icon

MENU = (
    ("rename", "duplicate", "delete"),
    ("visible", "only", "lock", "alpha"),
    ("raise", "lower", "group", "ungroup", "isolate"),
    ("merge", "stamp", "flatten", "paint"),
    ("mask_alpha", "mask_light", "mask_own"),
    ("add", "add_group", "add_mask"),
)
OF_RESULTS = ("next", "previous", "before", "accept", "discard", "rerun", "vary")


class LayerActions(QObject):
    """Acts on `chosen()` of whichever document is open."""

    rename_asked = Signal()
    rerun_asked = Signal(object)
    """`ResultLayer`: make it again with its own recipe."""
    vary_asked = Signal(object)
    """`ResultLayer`: make more variants of it."""

    def __init__(
        self, documents: Documents, chosen: Callable[[], list[Layer]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._documents, self._chosen = documents, chosen
        self.actions = self._make_actions()

    @property
    def document(self) -> Document:
        return self._documents.current

    def add(self) -> None:
        self._in_line(layer_commands.add_paint_layer)

    def add_group(self) -> None:
        self._in_line(layer_commands.add_group)

    def add_mask(self) -> None:
        self._in_line(layer_commands.add_mask_layer)

    def add_visible(self) -> None:
        merging.add_visible(self.document)

    def duplicate(self) -> None:
        self._each(lambda layer: layer_commands.duplicate(self.document, layer))

    def delete(self) -> None:
        layer_commands.delete(self.document, *self._chosen())

    def group(self) -> None:
        chosen = self._chosen()
        self._in_line(lambda document: merging.group_layers(document, chosen))

    def ungroup(self) -> None:
        self._each(lambda layer: merging.ungroup(self.document, layer), Group)

    def merge_down(self) -> None:
        self._each(lambda layer: merging.merge_down(self.document, layer))

    def flatten(self) -> None:
        merging.flatten(self.document)

    def to_paint_layer(self) -> None:
        self._each(lambda layer: merging.to_paint_layer(self.document, layer))

    def raise_layer(self) -> None:
        self._each(lambda layer: layer_commands.step(self.document, layer, 1))

    def lower_layer(self) -> None:
        self._each(lambda layer: layer_commands.step(self.document, layer, -1))

    def toggle_visible(self) -> None:
        self._each(lambda layer: layer_commands.set_visible(self.document, layer, not layer.visible))

    def toggle_locked(self) -> None:
        self._each(lambda layer: layer_commands.set_locked(self.document, layer, not layer.locked))

    def toggle_alpha_locked(self) -> None:
        self._each(
            lambda layer: layer_commands.set_alpha_locked(self.document, layer, not layer.alpha_locked)
        )

    def toggle_isolated(self) -> None:
        self._each(lambda layer: layer_commands.set_isolated(self.document, layer, not layer.isolated), Group)

    def show_only(self) -> None:
        self._each(lambda layer: layer_commands.show_only(self.document, layer))

    def rename(self) -> None:
        self.rename_asked.emit()

    def step_variant(self, by: int) -> None:
        self._each(lambda layer: results.step_variant(self.document, layer, by), ResultLayer)

    def judge(self, verdict: Verdict) -> None:
        """Accept or discard; the same once more takes it back."""
        self._each(
            lambda layer: results.judge(
                self.document, layer, Verdict.PROPOSED if layer.verdict is verdict else verdict
            ),
            ResultLayer,
        )

    def toggle_before(self) -> None:
        self._each(
            lambda layer: results.show_before(self.document, layer, not layer.shows_before), ResultLayer
        )

    def has_layer(self) -> bool:
        return self.document.active is not self.document.root

    def has_result(self) -> bool:
        return isinstance(self.document.active, ResultLayer)

    def can_merge(self) -> bool:
        return merging.can_merge_down(self.document, self.document.active)

    def menu(self, parent: QWidget) -> QMenu:
        """Everything one can do to the active layer."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parts = (OF_RESULTS, *MENU) if self.has_result() else MENU
        for part in parts:
            menu.addActions([self.actions[key] for key in part])
            menu.addSeparator()
        return menu

    def refresh(self) -> None:
        """Enable and check what can be done to the active layer."""
        active, has_layer = self.document.active, self.has_layer()
        is_free = has_layer and not self.document.is_locked(active)
        is_result = isinstance(active, ResultLayer)
        has_variants = isinstance(active, ResultLayer) and len(active.variants) > 1
        always = ("add", "add_group", "add_mask", "stamp", "flatten")
        when = {
            "delete": is_free,
            "merge": self.can_merge(),
            "ungroup": isinstance(active, Group) and has_layer and not active.locked,
            "isolate": isinstance(active, Group) and has_layer,
            "alpha": isinstance(active, PaintLayer),
            "paint": is_free and type(active) is not PaintLayer and not isinstance(active, MaskLayer),
            "next": has_variants,
            "previous": has_variants,
            "mask_own": isinstance(active, (MaskLayer, ResultLayer)),
            **dict.fromkeys(("before", "accept", "discard", "rerun", "vary"), is_result),
        }
        for key, action in self.actions.items():
            action.setEnabled(key in always or when.get(key, has_layer))
        self.actions["alpha"].setChecked(active.alpha_locked)
        self.actions["isolate"].setChecked(isinstance(active, Group) and active.isolated)
        self.actions["before"].setChecked(isinstance(active, ResultLayer) and active.shows_before)

    # inside

    def _in_line(self, act: Callable[[Document], object]) -> None:
        """After what the document is worked on with in the background."""
        document = self.document
        document.when_free(lambda: act(document))

    def _each(self, act: Callable[..., object], kind: type[Layer] = Layer) -> None:
        document = self.document

        def do(layer: Layer) -> None:
            present = document.layer(layer.id)  # one may have gone with the one before
            if isinstance(present, kind):
                act(present)

        for layer in self._chosen():
            document.when_free(lambda layer=layer: do(layer))

    def _make_actions(self) -> dict[str, QAction]:
        table = (
            ("add", self.tr("New layer"), "plus", self.add),
            ("add_group", self.tr("New group"), "folder-plus", self.add_group),
            ("add_mask", self.tr("New mask layer"), "blend", self.add_mask),
            ("duplicate", self.tr("Duplicate"), "copy", self.duplicate),
            ("merge", self.tr("Merge down"), "arrow-down-to-line", self.merge_down),
            ("delete", self.tr("Delete"), "trash-2", self.delete),
            ("rename", self.tr("Rename"), "", self.rename),
            ("raise", self.tr("Move up"), "arrow-up", self.raise_layer),
            ("lower", self.tr("Move down"), "arrow-down", self.lower_layer),
            ("visible", self.tr("Show or hide"), "eye", self.toggle_visible),
            ("only", self.tr("Show only this one"), "", self.show_only),
            ("lock", self.tr("Lock or unlock"), "lock", self.toggle_locked),
            ("alpha", self.tr("Lock transparency"), "", self.toggle_alpha_locked),
            ("group", self.tr("Group"), "folder", self.group),
            ("ungroup", self.tr("Ungroup"), "", self.ungroup),
            ("isolate", self.tr("Blend the group by itself"), "", self.toggle_isolated),
            ("paint", self.tr("Turn into a paint layer"), "brush", self.to_paint_layer),
            ("stamp", self.tr("New layer from the visible ones"), "layers-2", self.add_visible),
            ("flatten", self.tr("Flatten"), "", self.flatten),
            ("next", self.tr("Next variant"), "arrow-right", lambda: self.step_variant(1)),
            ("previous", self.tr("Previous variant"), "arrow-left", lambda: self.step_variant(-1)),
            ("before", self.tr("Before and after"), "", self.toggle_before),
            ("accept", self.tr("Accept"), "check", lambda: self.judge(Verdict.ACCEPTED)),
            ("discard", self.tr("Discard"), "ban", lambda: self.judge(Verdict.DISCARDED)),
            ("rerun", self.tr("Make it again"), "refresh-cw", lambda: self._ask(self.rerun_asked)),
            ("vary", self.tr("More variants"), "shuffle", lambda: self._ask(self.vary_asked)),
            ("mask_alpha", self.tr("Mask from its shape"), "", lambda: self._mask(masks.from_alpha)),
            ("mask_light", self.tr("Mask from its light"), "", lambda: self._mask(masks.from_luminance)),
            ("mask_own", self.tr("Use its mask"), "", self._use_its_mask),
        )
        actions = {key: self._action(text, name, run) for key, text, name, run in table}
        actions["alpha"].setCheckable(True)
        actions["isolate"].setCheckable(True)
        actions["before"].setCheckable(True)
        return actions

    def _action(self, text: str, name: str, run: Callable[[], object]) -> QAction:
        action = QAction(icon(name), text, self) if name else QAction(text, self)
        action.triggered.connect(lambda _=False: run())
        return action

    def _ask(self, signal: SignalInstance) -> None:
        active = self.document.active
        if isinstance(active, ResultLayer):
            signal.emit(active)

    def _mask(self, make: Callable[[Document, Layer], None]) -> None:
        make(self.document, self.document.active)

    def _use_its_mask(self) -> None:
        match self.document.active:
            case MaskLayer() as layer:
                masks.from_layer(self.document, layer)
            case ResultLayer() as layer:
                masks.from_result(self.document, layer)
