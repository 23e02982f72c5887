"""An XMP packet changed: some properties replaced, all else in it kept as it was."""

from __future__ import annotations

import re
import threading
from xml.etree import ElementTree  # makes and writes elements; strangers' are read by defusedxml
from xml.etree.ElementTree import Element

from engine.api.errors import UnreadableFile
from engine.library import xmp

RDF = f"{{{xmp.NAMESPACES['rdf']}}}"
DC = "{http://purl.org/dc/elements/1.1/}"
EMPTY = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""/></rdf:RDF>
</x:xmpmeta>"""
PREFIX = re.compile(r"""xmlns:([A-Za-z_][\w.-]*)\s*=\s*["']([^"']+)["']""")
OWN_PREFIXES = {"x": "adobe:ns:meta/", "dc": DC[1:-1], **xmp.NAMESPACES}
START = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
END = b'\n<?xpacket end="w"?>'
_prefixes = threading.Lock()
"""ElementTree has one table of prefixes for everybody."""


class EditedPacket:
    """Made from the bytes of a packet (b"" for none yet); `bytes(...)` gives it back.

    Raises `UnreadableFile` for a packet that cannot be read, as what is in it would be lost.
    """

    def __init__(self, packet: bytes) -> None:
        root = xmp.tree_of(packet.strip(b"\0 \r\n\t") or EMPTY)
        rdf = None if root is None else root if root.tag == RDF + "RDF" else root.find(RDF + "RDF")
        if root is None or rdf is None:
            raise UnreadableFile(
                "The picture's XMP is damaged or too large; it was left as it is.", cause="xmp"
            )
        first = rdf.find(RDF + "Description")
        if first is None:
            first = ElementTree.SubElement(rdf, RDF + "Description", {RDF + "about": ""})
        self._packet, self._root, self._rdf, self._first = packet, root, rdf, first

    def put_text(self, name: str, text: str) -> None:
        """The property `name` (`{namespace}word`) is `text`; none where that is empty."""
        self._take_out(name)
        if text:
            ElementTree.SubElement(self._first, name).text = text

    def put_list(self, name: str, words: tuple[str, ...]) -> None:
        self._take_out(name)
        if words:
            bag = ElementTree.SubElement(ElementTree.SubElement(self._first, name), RDF + "Bag")
            for word in words:
                ElementTree.SubElement(bag, RDF + "li").text = word

    def _take_out(self, name: str) -> None:
        for description in self._rdf.findall(RDF + "Description"):
            description.attrib.pop(name, None)
            for child in description.findall(name):
                description.remove(child)

    def __bytes__(self) -> bytes:
        return START + _body(self._root, self._packet) + END


def _body(root: Element, packet: bytes) -> bytes:
    """The elements as text, with the prefixes that they had."""
    prefixes = {**dict(PREFIX.findall(packet.decode("utf-8", "replace"))), **OWN_PREFIXES}
    with _prefixes:
        for prefix, uri in prefixes.items():
            if not re.fullmatch(r"ns\d+", prefix):  # these ElementTree keeps for itself
                ElementTree.register_namespace(prefix, uri)
        body = ElementTree.tostring(root, "utf-8")
    return body.removeprefix(b"<?xml version='1.0' encoding='utf-8'?>\n")


def padded(packet: bytes, room: int) -> bytes:
    """With `room` blanks before its end, where the XMP specification (part 1, 7.3.2) has them: so a later,
    longer one finds place in a file that is not to grow each time."""
    head, mark, tail = packet.rpartition(b"<?xpacket end=")
    return head + b" " * room + mark + tail if mark else packet


def edited(packet: bytes, facts: xmp.Xmp) -> bytes:
    """`packet` with `facts` as we write them; those that are empty are taken out of it.

    Raises `UnreadableFile` as `EditedPacket` does.
    """
    changed = EditedPacket(packet)
    for name, value in xmp.properties_of(facts).items():
        prefix, _, word = name.partition(":")
        if value or prefix in ("lienzo", "xmpNote"):  # the tool that another program named stays
            changed.put_text(f"{{{xmp.NAMESPACES[prefix]}}}{word}", value)
    return bytes(changed)
