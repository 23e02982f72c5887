"""Pictures found by words and fields, in order, with facets."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from libraries import found, look, names
from picture_files import PLAIN, a1111, ours, put

from engine.api.errors import BadRequest
from engine.library.index.catalogue import Catalogue
from engine.library.index.ordering import Order
from engine.library.index.query import parse, term_text, toggled


@pytest.fixture
def filled(catalogue: Catalogue, folder: Path) -> Catalogue:
    put(
        folder,
        harbour=a1111("a misty harbour, warm light <lora:ink_wash:0.7>", 42, "sdxl_base"),
        beagle=a1111("a beagle in the harbour", 2**64 - 1, "dream"),
        cafe=a1111("Café CORTADO, 早朝の海港", 3, "dream"),
        lighthouse=ours("a lighthouse", 7),
        photo=PLAIN,
    )
    for age, name in enumerate(("photo", "cafe", "beagle", "harbour")):
        os.utime(folder / f"{name}.png", (1.6e9 + age * 86400 * 40, 1.6e9 + age * 86400 * 40))
    look(catalogue)
    return catalogue


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"harbour", "beagle", "cafe", "lighthouse", "photo"}),
        ("harbour", {"harbour", "beagle"}),
        ("harbour -beagle", {"harbour"}),
        ("HARBOUR warm", {"harbour"}),
        ("harb*", {"harbour", "beagle"}),
        ("harb", set()),
        ('"misty harbour"', {"harbour"}),
        ('"harbour misty"', set()),
        ("cafe", {"cafe"}),
        ("café", {"cafe"}),
        ("海港", {"cafe"}),
        ("港海", set()),
        ("photo", {"photo"}),
        ("blurry", {"harbour", "beagle", "cafe"}),
        ("prompt:blurry", set()),
        ("negative:blurry", {"harbour", "beagle", "cafe"}),
        ("beagle OR lighthouse", {"beagle", "lighthouse"}),
        ("beagle | lighthouse a", {"beagle", "lighthouse"}),
        ("seed:42", {"harbour"}),
        (f"seed:{2**64 - 1}", {"beagle"}),
        ("seed:3..42", {"harbour", "cafe", "lighthouse"}),
        (f"seed:>{2**63}", {"beagle"}),
        ("model:sdxl", {"harbour"}),
        ("model:DREAM -beagle", {"cafe"}),
        ('model:"dre"', set()),
        ('model:"dream"', {"beagle", "cafe"}),
        ('model:""', {"photo"}),
        ("modelo:dream", {"beagle", "cafe"}),
        ("lora:ink", {"harbour"}),
        ('lora:""', {"beagle", "cafe", "lighthouse", "photo"}),
        ("family:sprites", {"lighthouse"}),
        ("program:lienzo", {"lighthouse"}),
        ("steps:<20", {"lighthouse"}),
        ("guidance:5.5", {"lighthouse"}),
        ("kind:text", {"harbour", "beagle", "cafe", "lighthouse"}),
        ("tipo:foto", {"photo"}),
        ("size:24x16", {"harbour", "beagle", "cafe", "lighthouse", "photo"}),
        ("shape:portrait", set()),
        ("date:2026-03", {"lighthouse"}),
        ("date:2026-03-04", {"lighthouse"}),
        ("date:<2021", {"photo", "cafe", "beagle"}),
        ("date:2020..2021 -is:recipe", {"photo"}),
        ("is:missing", set()),
        ("-kind:text", {"photo"}),
        ("folder:pictures", {"harbour", "beagle", "cafe", "lighthouse", "photo"}),
        ("(cat:1.2) OR beagle", {"beagle"}),
        ('"', {"harbour", "beagle", "cafe", "lighthouse", "photo"}),
        ("-,", {"harbour", "beagle", "cafe", "lighthouse", "photo"}),
    ],
)
def test_what_is_asked_is_found(filled: Catalogue, query: str, expected: set[str]):
    assert found(filled, query) == expected


def test_while_one_types_the_last_word_need_not_be_whole(filled: Catalogue):
    assert set(names(filled, "misty harb", is_typing=True)) == {"harbour"}
    assert names(filled, "mist harb", is_typing=True) == []
    for unfinished in ("seed:", "rating:>", "date:20", "size:51", "kind:te", "har rating:"):
        filled.search(unfinished, is_typing=True)


@pytest.mark.parametrize(
    ("query", "problem", "place"),
    [
        ("beagle rating:many", "number", "rating:many"),
        ("date:yestermorrow dog", "date", "date:yestermorrow"),
        ("size:big", "size", "size:big"),
        ("kind:cat", "choice", "kind:cat"),
        ("modle:sdxl", "field", "modle"),
        ("seed: 4", "empty", "seed:"),
    ],
)
def test_a_mistake_is_shown_where_it_is(query: str, problem: str, place: str):
    with pytest.raises(BadRequest) as raised:
        parse(query)
    data = raised.value.data
    assert data["problem"] == problem
    assert query[data["start"] : data["end"]] == place


def test_a_slip_of_the_pen_is_told_the_right_word():
    with pytest.raises(BadRequest, match="did you mean model:"):
        parse("modle:sdxl")
    with pytest.raises(BadRequest, match="did you mean valoracion:"):
        parse("valoracin:>=4")


@pytest.mark.parametrize("text", ["a" * 10_001, "a " * 300])
def test_a_query_without_end_is_refused(text: str):
    with pytest.raises(BadRequest):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '""',
        "AND",
        "NEAR(a b)",
        "a^",
        "{prompt}: x",
        "*",
        "-*",
        "a:b:c",
        "\0",
        "\ud800",
        "((((",
        "%_",
        "-",
        "OR",
        "|",
    ],
)
def test_nothing_one_can_type_breaks_the_search(filled: Catalogue, text: str):
    try:
        filled.search(text)
        filled.search(text, is_typing=True)
    except BadRequest:
        pass  # said in words


def test_orders(filled: Catalogue):
    newest = ["lighthouse", "harbour", "beagle", "cafe", "photo"]
    assert names(filled) == newest
    assert names(filled, order=Order.OLDEST) == newest[::-1]
    assert names(filled, order=Order.NAME) == sorted(newest)
    assert names(filled, order=Order.SEED)[-1] == "beagle"
    assert names(filled, order=Order.MODEL) == ["beagle", "cafe", "harbour", "lighthouse", "photo"]
    assert names(filled, order=Order.PROMPT)[-1] == "photo"
    filled.mark(filled.search("seed:3").ids, rating=5)
    assert names(filled, order=Order.RATING)[0] == "cafe"
    assert names(filled, order=Order.LARGEST) == newest


def test_numbers_are_sorted_by_their_value(catalogue: Catalogue, folder: Path):
    put(folder, **{"dog 10": PLAIN, "dog 2": PLAIN + b" ", "Dog 1": PLAIN + b"  "})
    look(catalogue)
    assert names(catalogue, order=Order.NAME) == ["Dog 1", "dog 2", "dog 10"]


def test_an_order_by_words_follows_what_changes(catalogue: Catalogue, folder: Path):
    put(folder, b=a1111("two dogs"), d=a1111("10 dogs"), c=a1111("9 dogs"))
    look(catalogue)
    assert names(catalogue, order=Order.NAME) == ["b", "c", "d"]
    assert names(catalogue, order=Order.PROMPT) == ["c", "d", "b"]
    catalogue.mark(catalogue.search("two").ids, rating=5)
    assert names(catalogue, order=Order.NAME) == ["b", "c", "d"]
    put(folder, a=a1111("Ärger"), c=a1111("unlike dogs"))
    catalogue.rename(int(catalogue.search("two").ids[0]), "z")
    look(catalogue)
    assert names(catalogue, order=Order.NAME) == ["a", "c", "d", "z"]
    assert names(catalogue, order=Order.PROMPT) == ["d", "a", "z", "c"]


def test_facets_count_what_is_found_and_narrow_it(filled: Catalogue):
    facets = filled.facets(filled.search("harbour"))
    assert {value.value: value.count for value in facets["model"]} == {"sdxl_base": 1, "dream": 1}
    assert [(value.value, value.count) for value in facets["lora"]] == [("ink_wash", 1)]
    assert [(value.value, value.count) for value in facets["kind"]] == [("text", 2)]
    whole = filled.facets(filled.search(""))
    for field, values in whole.items():
        for value in values:
            assert len(filled.search(value.term)) == value.count, (field, value)
    assert whole["model"][-1].value == ""


def test_a_facet_is_put_into_the_query_and_taken_out():
    term = term_text("model", 'a "big" one')
    asked = toggled("beagle", term)
    assert asked == 'beagle model:"a  big  one"'
    assert toggled(asked, term) == "beagle"


def test_what_a_grid_needs_is_in_the_arrays(filled: Catalogue):
    found = filled.search("kind:text")
    assert found.ids.dtype == np.int64 and len(found) == 4
    assert found.column("width").tolist() == [24] * 4
    assert found.names("model") == ["Starter", "sdxl_base", "dream", "dream"]
    with pytest.raises(ValueError, match="read-only"):
        found.column("width")[0] = 1


def test_pictures_of_one_recipe_are_a_stack(catalogue: Catalogue, folder: Path):
    put(folder, a=ours(seed=1), b=ours(seed=2), c=ours("another"), d=a1111(seed=1), e=a1111(seed=9), f=PLAIN)
    look(catalogue)
    found = catalogue.search("", Order.NAME)
    a, b, c, d, e, f = found.column("stack").tolist()
    assert a == b != c and d == e != a and f == 0
    assert set(names(catalogue, f"stack:{a}")) == {"a", "b"}
    assert set(names(catalogue, "is:stacked")) == {"a", "b", "d", "e"}
