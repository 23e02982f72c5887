"""XMP packets: who made the picture and how, in the words that asset managers read.

IPTC digital source types: https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element  # the type only: strangers' packets are read by defusedxml

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "lienzo": "urn:lienzo:picture:1.0/",
}
LARGEST = 4 << 20
"""Bytes of a packet that is read; our own longest recipes stay below."""


@dataclass(frozen=True)
class Xmp:
    creator_tool: str = ""
    source_type: str = ""
    """The last word of the IPTC address, e.g. `trainedAlgorithmicMedia`."""
    recipe: str = ""
    """Our recipe as JSON, where the format has no better place for it."""
    extended: str = ""
    """Digest that names the packet's continuation in a JPEG."""
    texts: str = ""
    """Another program's text blocks by their keywords, as JSON: what the format has no other place for."""


def write_xmp(facts: Xmp) -> bytes:
    """The packet as UTF-8."""
    told = properties_of(facts)
    lines = "\n".join(
        f"   <{name}>{escape(value, quote=False)}</{name}>" for name, value in told.items() if value
    )
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix != "rdf")
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">
  <rdf:Description rdf:about="" {spaces}>
{lines}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
    return packet.encode("utf-8", "replace")


def properties_of(facts: Xmp) -> dict[str, str]:
    """As they are named in a packet; also those that are empty."""
    return {
        "xmp:CreatorTool": facts.creator_tool,
        "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPES + facts.source_type if facts.source_type else "",
        "xmpNote:HasExtendedXMP": facts.extended,
        "lienzo:recipe": facts.recipe,
        "lienzo:texts": facts.texts,
    }


def read_xmp(packet: bytes) -> Xmp:
    """What of `packet` is known here; nothing at all from a damaged or hostile one. Raises nothing."""
    root = tree_of(packet)
    if root is None:
        return Xmp()
    return Xmp(
        _property(root, "xmp", "CreatorTool"),
        _property(root, "Iptc4xmpExt", "DigitalSourceType").rsplit("/", 1)[-1],
        _property(root, "lienzo", "recipe"),
        _property(root, "xmpNote", "HasExtendedXMP"),
        _property(root, "lienzo", "texts"),
    )


def tree_of(packet: bytes) -> Element | None:
    """The packet's elements; None for an empty, damaged or hostile one."""
    text = _harmless(packet)
    try:
        return ElementTree.fromstring(text, forbid_dtd=True) if text else None
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return None


def _harmless(packet: bytes) -> str:
    """The packet as text, or "" for one that is too large or brings its own grammar.

    The expat of older Pythons crashes on long chains of entities (CVE-2024-8176), before defusedxml's
    handlers could refuse them; so it never sees one.
    """
    if len(packet) > LARGEST:
        return ""
    text = packet.decode("utf-8", "replace").strip("\ufeff\0 \r\n\t")
    upper = text.upper()
    return "" if "<!DOCTYPE" in upper or "<!ENTITY" in upper else text


def _property(root, prefix: str, name: str) -> str:
    """The first value of a property, written as an element or as an attribute."""
    full = f"{{{NAMESPACES[prefix]}}}{name}"
    for description in root.iter(f"{{{NAMESPACES['rdf']}}}Description"):
        if full in description.attrib:
            return description.attrib[full]
        child = description.find(full)
        if child is not None:
            resource = child.attrib.get(f"{{{NAMESPACES['rdf']}}}resource")
            return resource or "".join(child.itertext())
    return ""
