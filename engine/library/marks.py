"""What the artist says of a picture: rating, label, tags, boards, notes. Kept in the file's own XMP.

Rating, label and tags stand where every asset manager looks for them: `xmp:Rating`, `xmp:Label` and
`dc:subject` (XMP specification part 1, 8.3 and 8.4). The rest is in our own namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element  # the type only: strangers' packets are read by defusedxml

from engine.api.text import clean_text
from engine.library import xmp
from engine.library.xmp_edit import DC, RDF, EditedPacket

LABELS = ("red", "yellow", "green", "blue", "purple")
"""In Lightroom's order, which everyone follows; in the file they are `Red` to `Purple`."""
HIGHEST_RATING = 5
MOST_WORDS = 500
"""Tags, and boards, of one picture."""
LONGEST_WORD = 200
LONGEST_NOTES = 100_000
SIGNS = (b"Rating", b"Label", b"subject", b"favourite", b"boards", b"notes")
"""A packet without any of them says nothing of what is read here; nearly all do."""
XMP, OURS = (f"{{{xmp.NAMESPACES[prefix]}}}" for prefix in ("xmp", "lienzo"))


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


def with_marks(packet: bytes, marks: Marks) -> bytes:
    """`packet` (b"" for none yet) with `marks` instead of its own; all else in it is kept.

    Raises `UnreadableFile` for a packet that cannot be read, as what is in it would be lost.
    """
    changed = EditedPacket(packet)
    changed.put_text(XMP + "Rating", str(marks.rating) if marks.rating else "")
    changed.put_text(XMP + "Label", marks.label.capitalize() if marks.label in LABELS else marks.label)
    changed.put_list(DC + "subject", marks.tags)
    changed.put_text(OURS + "favourite", "True" if marks.favourite else "")
    changed.put_list(OURS + "boards", marks.boards)
    changed.put_text(OURS + "notes", marks.notes)
    return bytes(changed)
