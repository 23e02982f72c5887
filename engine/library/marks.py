"""What the artist says of a picture: rating, label, tags, boards, notes. Kept in the file's own XMP.

Rating, label and tags stand where every asset manager looks for them: `xmp:Rating`, `xmp:Label` and
`dc:subject` (XMP specification part 1, 8.3 and 8.4). The rest is in our own namespace.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree  # makes and writes elements; strangers' are read by defusedxml
from xml.etree.ElementTree import Element

from engine.api.errors import UnreadableFile
from engine.api.text import clean_text
from engine.library import xmp

LABELS = ("red", "yellow", "green", "blue", "purple")
"""In Lightroom's order, which everyone follows; in the file they are `Red` to `Purple`."""
HIGHEST_RATING = 5
MOST_WORDS = 500
"""Tags, and boards, of one picture."""
LONGEST_WORD = 200
LONGEST_NOTES = 100_000
SIGNS = (b"Rating", b"Label", b"subject", b"favourite", b"boards", b"notes")
"""A packet without any of them says nothing of what is read here; nearly all do."""
RDF, XMP, DC, OURS = (
    f"{{{uri}}}"
    for uri in (
        xmp.NAMESPACES["rdf"],
        xmp.NAMESPACES["xmp"],
        "http://purl.org/dc/elements/1.1/",
        xmp.NAMESPACES["lienzo"],
    )
)


@dataclass(frozen=True)
class Marks:
    """Harmless where it comes from `cleaned` or `read_marks`."""

    rating: int = 0
    """0 (none) to 5."""
    label: str = ""
    """One of `LABELS`, another program's own word, or empty."""
    favourite: bool = False
    tags: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    """A picture may be on several."""
    notes: str = ""

    def cleaned(self) -> Marks:
        """The same with every value in its range and every text harmless; doubles once."""
        label = one_line(self.label)
        return Marks(
            min(max(self.rating, 0), HIGHEST_RATING),
            label.lower() if label.lower() in LABELS else label,
            self.favourite,
            words_of(self.tags),
            words_of(self.boards),
            clean_text(self.notes)[:LONGEST_NOTES].strip(),
        )


NONE = Marks()


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order given, without what is empty."""
    clean = dict.fromkeys(word for text in texts if (word := one_line(text)))
    return tuple(clean)[:MOST_WORDS]


def one_line(text: str) -> str:
    return " ".join(clean_text(text).split())[:LONGEST_WORD].strip()


def read_marks(packet: bytes) -> Marks:
    """What `packet` says; nothing where it is damaged or hostile. Raises nothing."""
    if not any(sign in packet for sign in SIGNS):
        return NONE
    root = xmp.tree_of(packet)
    if root is None:
        return NONE
    return Marks(
        _rating(_text(root, XMP + "Rating")),
        _text(root, XMP + "Label"),
        _text(root, OURS + "favourite").lower() == "true",
        _list(root, DC + "subject"),
        _list(root, OURS + "boards"),
        _text(root, OURS + "notes"),
    ).cleaned()


def _rating(text: str) -> int:
    """Some write `4.0`; Bridge's -1 means rejected, which is no star."""
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0


def _property(root: Element, name: str) -> Element | str | None:
    for description in root.iter(RDF + "Description"):
        if name in description.attrib:
            return description.attrib[name]
        if (child := description.find(name)) is not None:
            return child
    return None


def _text(root: Element, name: str) -> str:
    found = _property(root, name)
    return found if isinstance(found, str) else "" if found is None else "".join(found.itertext())


def _list(root: Element, name: str) -> tuple[str, ...]:
    found = _property(root, name)
    if isinstance(found, str):
        return (found,)
    return () if found is None else tuple("".join(item.itertext()) for item in found.iter(RDF + "li"))


EMPTY = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""/></rdf:RDF>
</x:xmpmeta>"""
PREFIX = re.compile(r"""xmlns:([A-Za-z_][\w.-]*)\s*=\s*["']([^"']+)["']""")
OWN_PREFIXES = {"x": "adobe:ns:meta/", "dc": DC[1:-1], **xmp.NAMESPACES}
_prefixes = threading.Lock()
"""ElementTree has one table of prefixes for everybody."""


def with_marks(packet: bytes, marks: Marks) -> bytes:
    """`packet` (b"" for none yet) with `marks` instead of its own; all else in it is kept.

    Raises `UnreadableFile` for a packet that cannot be read, as what is in it would be lost.
    """
    root = xmp.tree_of(packet.strip(b"\0 \r\n\t") or EMPTY)
    rdf = None if root is None else root if root.tag == RDF + "RDF" else root.find(RDF + "RDF")
    if root is None or rdf is None:
        raise UnreadableFile("The picture's XMP is damaged or too large; it was left as it is.", cause="xmp")
    first = rdf.find(RDF + "Description")
    if first is None:
        first = ElementTree.SubElement(rdf, RDF + "Description", {RDF + "about": ""})
    for name in (
        XMP + "Rating",
        XMP + "Label",
        DC + "subject",
        *(OURS + n for n in ("favourite", "boards", "notes")),
    ):
        _take_out(rdf, name)
    _put_text(first, XMP + "Rating", str(marks.rating) if marks.rating else "")
    _put_text(first, XMP + "Label", marks.label.capitalize() if marks.label in LABELS else marks.label)
    _put_list(first, DC + "subject", marks.tags)
    _put_text(first, OURS + "favourite", "True" if marks.favourite else "")
    _put_list(first, OURS + "boards", marks.boards)
    _put_text(first, OURS + "notes", marks.notes)
    return _written(root, packet)


def _take_out(rdf: Element, name: str) -> None:
    for description in rdf.findall(RDF + "Description"):
        description.attrib.pop(name, None)
        for child in description.findall(name):
            description.remove(child)


def _put_text(description: Element, name: str, text: str) -> None:
    if text:
        ElementTree.SubElement(description, name).text = text


def _put_list(description: Element, name: str, words: tuple[str, ...]) -> None:
    if words:
        bag = ElementTree.SubElement(ElementTree.SubElement(description, name), RDF + "Bag")
        for word in words:
            ElementTree.SubElement(bag, RDF + "li").text = word


def _written(root: Element, packet: bytes) -> bytes:
    """The elements as text, with the prefixes that they had."""
    prefixes = {**dict(PREFIX.findall(packet.decode("utf-8", "replace"))), **OWN_PREFIXES}
    with _prefixes:
        for prefix, uri in prefixes.items():
            if not re.fullmatch(r"ns\d+", prefix):  # these ElementTree keeps for itself
                ElementTree.register_namespace(prefix, uri)
        body = ElementTree.tostring(root, "utf-8")
    start, end = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="w"?>'
    return start.encode() + body.removeprefix(b"<?xml version='1.0' encoding='utf-8'?>\n") + end.encode()
