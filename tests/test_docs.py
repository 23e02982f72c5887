"""The guides: what they show and point at is there, and both say the same in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.families.capabilities import _learns
from engine.families.not_drawn import BY_REASON
from engine.families.pipeline_family import PipelineFamily
from engine.families.registry import families
from engine.families.stable_cascade import MOST_PICTURES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
MODELS = (DOCS / "models.md", DOCS / "modelos.md")
PAGES = (ROOT / "README.md", DOCS / "guide.md", DOCS / "guia.md", *MODELS)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)#]+)\)")
LARGEST_PICTURE = 200_000
"""Bytes of a picture in a guide: the page is read on slow connections too."""


def links(page: Path) -> list[tuple[bool, str]]:
    """Whether it is a picture, and where it leads; only what lies in the repository."""
    found = [(bool(mark), target) for mark, target in LINK.findall(page.read_text("utf-8"))]
    return [(is_picture, target) for is_picture, target in found if "://" not in target]


def kinds(page: Path) -> list[str]:
    """The order of headings and pictures."""
    return re.findall(r"^(#{1,3}(?= )|!)", page.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_and_points_at_is_there(page: Path):
    missing = [target for _, target in links(page) if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES[1:3], ids=lambda page: page.name)
def test_the_pictures_of_a_guide_are_small(page: Path):
    pictures = [page.parent / target for is_picture, target in links(page) if is_picture]
    assert pictures
    assert max(picture.stat().st_size for picture in pictures) <= LARGEST_PICTURE


def test_both_guides_have_the_same_sections_and_pictures():
    assert kinds(DOCS / "guide.md") == kinds(DOCS / "guia.md")


def test_the_guides_are_found_from_the_readme_and_from_each_other():
    readme = [target for _, target in links(ROOT / "README.md")]
    assert {"docs/guide.md", "docs/guia.md"} <= set(readme)
    assert (False, "guia.md") in links(DOCS / "guide.md")
    assert (False, "guide.md") in links(DOCS / "guia.md")


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.name)
def test_every_family_and_every_model_that_cannot_be_drawn_with_is_in_the_list(page: Path):
    text = page.read_text("utf-8")
    drawn = {family.title for family in families().values()} - {"Toy"}
    assert [title for title in drawn if f"\n| {title} |" not in text] == []
    named = {title for titles in BY_REASON.values() for title in titles.values()}
    assert [title for title in named if title not in text] == []
    assert kinds(MODELS[0]) == kinds(MODELS[1])
    assert all(reason in MODELS[0].read_text("utf-8") for reason in BY_REASON)


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.name)
def test_the_list_says_which_families_weigh_words(page: Path):
    rows = [line.strip("| ").split(" | ") for line in page.read_text("utf-8").splitlines()]
    said = {row[0]: row[2] != "–" for row in rows if len(row) == 7}
    for family in families().values():
        if family.title in ("Toy", "Stable Diffusion 1.x / 2.x"):  # whose one reader always weighs
            continue
        reader = getattr(family, "reader", None)
        assert said[family.title] == (reader is not None and reader.weighs), family.title


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.name)
def test_the_list_says_who_wears_loras_follows_maps_and_takes_after_pictures(page: Path):
    text = page.read_text("utf-8")
    rows = {row[0]: row for line in text.splitlines() if len(row := line.strip("| ").split(" | ")) == 7}
    for family in families().values():
        if not isinstance(family, PipelineFamily):
            continue
        _, read, _, loras, _, maps, references = (cell != "–" and cell for cell in rows[family.title])
        kinds = family.kinds.values()
        assert bool(loras) == bool(family.lora_targets), family.title
        assert bool(maps) == any(family.follows(kind) or kind.own_map for kind in kinds), family.title
        adapted = family.adapters or any(map(family.takes_adapters, kinds))
        most = MOST_PICTURES if family.id == "stable_cascade" else max(kind.references for kind in kinds)
        assert bool(references) == bool(most or adapted), family.title
        assert not most or str(most) in str(references), family.title
        assert ("file" in str(read) or "archivo" in str(read)) == (family.single is not None), family.title
    unstarted = {
        family.title for family in families().values()
        if isinstance(family, PipelineFamily) and not any(k.begins_midway for k in family.kinds.values())
    }  # fmt: skip
    assert unstarted == {"Stable Cascade", "Würstchen"} and "EfficientNet" in text
    (untaught,) = re.findall(
        r"(?:refused with the reason are|se rechazan, con la razón,)(.*?)\n\*", text, re.DOTALL
    )
    for family in families().values():
        if isinstance(family, PipelineFamily) and family.lora_targets:
            learns = any(_learns(family, kind, 1) for kind in family.kinds.values())
            assert learns or family.title in untaught, family.title


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.name)
def test_the_list_says_who_follows_what_of_a_prompt(page: Path):
    text = page.read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()]
    places = {row[0]: row[4] != "–" for row in rows if len(row) == 7}
    (said,) = re.findall(r"^(?:No negative prompt|Sin prompt negativo): (.*)\.$", text, re.MULTILINE)
    reading = [family for family in families().values() if isinstance(family, PipelineFamily)]
    reading = [family for family in reading if family.reader is not None]
    positive = [
        family for family in reading if not any(kind.negative_prompt for kind in family.kinds.values())
    ]
    assert said.split(", ") == sorted((family.title for family in positive), key=str.lower)
    in_pieces = [family for family in reading if getattr(family.reader, "in_chunks", False)]
    names = {"Stable Diffusion XL", "AltDiffusion", "Versatile Diffusion"}
    assert {family.title for family in in_pieces} == names and "`BREAK`" in text
    assert all(places[family.title] == family.regions for family in reading)


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.name)
def test_the_list_says_which_families_read_no_learnt_words(page: Path):
    (said,) = re.findall(
        r"(?:No learnt words|Sin palabras aprendidas): (.*)\.$", page.read_text("utf-8"), re.MULTILINE
    )
    reading = [family for family in families().values() if getattr(family, "reader", None) is not None]
    deaf = {family.title for family in reading if not getattr(family, "reads_learnt_words", False)}
    assert set(said.split(", ")) == deaf
