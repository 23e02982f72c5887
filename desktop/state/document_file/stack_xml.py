"""`stack.xml`: the tree of layers as OpenRaster writes it, from strangers and for them.

https://www.openraster.org/baseline/layer-stack-spec.html. What is not ours to understand (attributes of other
programs, operators that only they know) is kept as it was and written again.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

VERSION = "0.0.3"
MOST_LAYERS = 4_000
DEEPEST = 64
"""Groups within groups."""
LONGEST_ATTRIBUTE = 4_096
FARTHEST = 1 << 20
"""Pixels that a layer may lie away from the canvas."""
OURS = {
    "name", "src", "x", "y", "opacity", "visibility", "composite-op", "isolation", "edit-locked",
    "alpha-preserve", "selected",
}  # fmt: skip
"""Attributes that are understood here."""
DECLARES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class BadStack(ValueError):
    """It cannot be a list of layers."""


class Declares(BadStack):
    """It declares a document type or entities, which no painting program does."""


@dataclass(frozen=True)
class StackNode:
    """A layer, or a group where `children` is not None."""

    name: str = ""
    source: str = ""
    """The member that holds the pixels."""
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    operator: str = "svg:src-over"
    isolated: bool = False
    locked: bool = False
    alpha_locked: bool = False
    selected: bool = False
    foreign: tuple[tuple[str, str], ...] = ()
    """Attributes of other programs; names with a namespace as `{namespace}name`."""
    children: tuple[StackNode, ...] | None = None
    """The lowest first, other than in the file."""

    def walk(self) -> Iterator[StackNode]:
        """All below, groups before what they hold."""
        for child in self.children or ():
            yield child
            yield from child.walk()


@dataclass(frozen=True)
class Stack:
    width: int
    height: int
    root: StackNode = field(default_factory=lambda: StackNode(children=()))
    foreign: tuple[tuple[str, str], ...] = ()
    """Of the picture as a whole: `xres`, `yres`, and what other programs wrote."""


def read_stack(data: bytes) -> Stack:
    """Raises `Declares` and `BadStack`."""
    if _declares(data):
        raise Declares
    try:
        image = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (DefusedXmlException, ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadStack(str(error)) from error
    stack = image.find("stack")
    if image.tag != "image" or stack is None:
        raise BadStack("it holds no stack")
    width, height = _whole(image.get("w"), 0), _whole(image.get("h"), 0)
    if width < 1 or height < 1:
        raise BadStack("it has no size")
    count = [0]
    root = _group(stack, 0, count)
    return Stack(width, height, root, _foreign(image, {"w", "h", "version"}))


def _declares(data: bytes) -> bool:
    """Looked for in the bytes, those of UTF-16 too: no parser ever sees them."""
    return bool(DECLARES.search(data) or DECLARES.search(data.replace(b"\0", b"")))


def _group(element: ElementTree.Element, depth: int, count: list[int]) -> StackNode:
    if depth > DEEPEST:
        raise BadStack("groups within groups without end")
    children = []
    for child in element:
        count[0] += 1
        if count[0] > MOST_LAYERS:
            raise BadStack("too many layers")
        if child.tag == "stack":
            children.append(_group(child, depth + 1, count))
        elif child.tag == "layer":
            children.append(_node(child))
    return replace(_node(element), children=tuple(reversed(children)))


def _node(element: ElementTree.Element) -> StackNode:
    return StackNode(
        name=_text(element.get("name", "")),
        source=element.get("src", "").removeprefix("/"),  # as some write it
        x=_whole(element.get("x"), 0),
        y=_whole(element.get("y"), 0),
        opacity=_opacity(element.get("opacity")),
        visible=element.get("visibility", "visible") != "hidden",
        operator=_text(element.get("composite-op", "")) or "svg:src-over",
        isolated=element.get("isolation") == "isolate",
        locked=element.get("edit-locked") == "true",
        alpha_locked=element.get("alpha-preserve") == "true",
        selected=element.get("selected") == "true",
        foreign=_foreign(element, OURS),
    )


def _foreign(element: ElementTree.Element, known: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value)
        for name, value in element.attrib.items()
        if name not in known and len(name) + len(value) <= LONGEST_ATTRIBUTE
    )


def _text(value: str) -> str:
    return value[:LONGEST_ATTRIBUTE]


def _whole(value: str | None, default: int) -> int:
    """Some programs write "12.0"; what is no number is the default, what is absurd is refused."""
    try:
        number = float(value) if value is not None else float(default)
    except ValueError:
        return default
    if not math.isfinite(number) or abs(number) > FARTHEST:
        raise BadStack("a layer lies out of this world")
    return round(number)


def _opacity(value: str | None) -> float:
    try:
        number = float(value) if value is not None else 1.0
    except ValueError:
        return 1.0
    return min(1.0, max(0.0, number)) if math.isfinite(number) else 1.0


def write_stack(stack: Stack) -> bytes:
    """The bytes of `stack.xml`."""
    image = ElementTree.Element("image", {"version": VERSION, "w": str(stack.width), "h": str(stack.height)})
    _add_foreign(image, stack.foreign)
    _write_children(ElementTree.SubElement(image, "stack"), stack.root)
    ElementTree.indent(image)
    return ElementTree.tostring(image, "utf-8", xml_declaration=True)


def _write_children(element: ElementTree.Element, node: StackNode) -> None:
    for child in reversed(node.children or ()):
        is_group = child.children is not None
        below = ElementTree.SubElement(element, "stack" if is_group else "layer", _attributes(child))
        _add_foreign(below, child.foreign)
        _write_children(below, child)


def _attributes(node: StackNode) -> dict[str, str]:
    attributes = {
        "name": _writable(node.name),
        "opacity": f"{node.opacity:.6g}",
        "visibility": "visible" if node.visible else "hidden",
        "composite-op": _writable(node.operator),
    }
    if node.children is None:
        attributes |= {"src": node.source, "x": str(node.x), "y": str(node.y)}
    else:
        attributes["isolation"] = "isolate" if node.isolated else "auto"
    for name, is_set in (
        ("edit-locked", node.locked), ("alpha-preserve", node.alpha_locked), ("selected", node.selected)
    ):  # fmt: skip
        if is_set:
            attributes[name] = "true"
    return attributes


def _add_foreign(element: ElementTree.Element, foreign: tuple[tuple[str, str], ...]) -> None:
    for name, value in foreign:
        if name not in element.attrib and NAME.fullmatch(name):
            element.set(name, _writable(value))


NAME = re.compile(r"(\{[^{}<>\"&\s]{1,200}\})?[A-Za-z_][\w.-]{0,200}")
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _writable(text: str) -> str:
    """XML has no place for control characters and halves of characters."""
    return UNWRITABLE.sub("�", text)
