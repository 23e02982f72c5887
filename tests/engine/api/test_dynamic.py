"""What is drawn: alike for one seed, as sd-dynamic-prompts writes it, or an error that says where."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prompt_texts import SHORT

from engine.api.choices import (
    Choice,
    ListName,
    Node,
    Unreadable,
    Variable,
    called_in,
    calls_of,
    is_drawn,
    read,
)
from engine.api.dynamic import draw, fault_of, faults_of
from engine.api.errors import BadRequest

LISTS = {
    "colour": ("red", "blue"), "animal": ("{big|small} dog", "__colour__ cat"), "empty": (),
    "loop": ("a __loop__",), "broken": ("{a|b",), "often": ("3::a", "b", "0::c"), "never": ("0::a",),
    "huge": ("x" * 150_000,),
}  # fmt: skip
texts = st.text(st.sampled_from("ab {}|$_12:\\-colur."), max_size=60) | SHORT


def all_drawn(text: str, times: int = 200) -> set[str]:
    return {draw(text, seed, LISTS.get) for seed in range(times)}


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("a {red|blue} cat", {"a red cat", "a blue cat"}),
        ("{a|}x", {"ax", "x"}),
        ("{a}", {"a"}),
        ("{{a|b}|c}", {"a", "b", "c"}),
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{1-2$$a|b}", {"a", "b", "a, b", "b, a"}),
        ("{3$$a|b}", {"a, b", "b, a"}),
        ("{2$$ | $$a|b}", {"a | b", "b | a"}),
        ("{~a|b}", {"a", "b"}),
        ("${x={a|b}}${x}${x}", {"aa", "ab", "ba", "bb"}),
        ("${x=!{a|b}}${x}${x}", {"aa", "bb"}),
        ("${x}, ${ x = __colour__ }.", {"red , .", "blue , ."}),
        ("${x:{a|b}|c} ${y=1}${y?=2}${y}", {"a|c 1", "b|c 1"}),
        ("${a=!{1|2}}{${a}|${a=3}x}", {"1", "2", "x"}),
        ("__colour____colour__", {"redred", "redblue", "bluered", "blueblue"}),
        ("_______ a __ b", {"_______ a __ b"}),  # a line
        ("__often__", {"a", "b"}),
        ("__~colour__ cost ${5}", {"red cost $5", "blue cost $5"}),
        ("{0::a|b}", {"b"}),
        ("__colour__ sky", {"red sky", "blue sky"}),
        ("__animal__", {"big dog", "small dog", "red cat", "blue cat"}),
        (r"\{a|b\} \__colour__ a__b", {r"\{a|b\} \__colour__ a__b"}),
        ("a|b, $5 # c, snake_case", {"a|b, $5 # c, snake_case"}),
        ("(x:{1.1|1.2}) [a|b]", {"(x:1.1) [a|b]", "(x:1.2) [a|b]"}),
    ],
)
def test_every_choice_is_drawn_and_nothing_else(text: str, possible: set[str]) -> None:
    assert all_drawn(text) == possible


def test_a_share_makes_it_more_frequent():
    counted = Counter(draw("{3::a|b}", seed, LISTS.get) for seed in range(2_000))
    assert 1_350 < counted["a"] < 1_650


def test_a_line_of_a_list_may_be_more_frequent_too():
    counted = Counter(draw("__often__", seed, LISTS.get) for seed in range(2_000))
    assert 1_350 < counted["a"] < 1_650 and not counted["c"]


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        ("{@a|b} {@1|2|3}", "a 1, b 2, a 3, b 1, a 2, b 3"),
        ("{!a|b} {!1|2|3}", "a 1, b 1, a 2, b 2, a 3, b 3"),
        ("__@colour__ x", "red x, blue x, red x, blue x, red x, blue x"),
        ("{!__!colour__|{!a|b|c}}", "red, a, blue, b, red, c"),
    ],
)
def test_a_batch_takes_one_after_the_other_or_every_combination(text: str, batch: str) -> None:
    assert [draw(text, 12 + image, LISTS.get) for image in range(6)] == batch.split(", ")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a {b|c", "open_brace", "{"),
        ("a } b", "lone_brace", "}"),
        ("a __nothing__ b", "no_list", "__nothing__"),
        ("a {x|__nothing__} b", "no_list", "__nothing__"),
        ("__empty__", "empty_list", "__empty__"),
        ("{2-1$$a|b}", "count", "2-1$$"),
        ("{$$a}", "count", "$$"),
        ("{" * 40 + "}" * 40, "too_deep", "{"),
        ("a ${other={glad|sad}} ${mood} b", "variable", "${mood}"),
        ("a ${mood} b", "variable", "${mood}"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, code: str, place: str) -> None:
    fault = fault_of(text, LISTS.get)
    assert fault is not None and fault.code == code and text[fault.start : fault.end] == place
    with pytest.raises(BadRequest) as caught:
        for seed in range(100):
            draw(text, seed, LISTS.get, "negative_prompt")
    assert caught.value.field == "negative_prompt" and caught.value.data["typed"] == text
    assert text[caught.value.data["start"] : caught.value.data["end"]] == place


def test_every_list_that_is_missing_is_found():
    text = "__one__ {a|__two__} __empty__"
    places = [text[fault.start : fault.end] for fault in faults_of(text, LISTS.get)]
    assert places == ["__one__", "__two__", "__empty__"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("__never__", "empty_list"), ("__huge__ " * 9, "too_long"), ("{a|b}" * 11_000, "too_long")],
)
def test_what_only_drawing_finds_says_where_too(text: str, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        draw(text, 1, LISTS.get)
    assert caught.value.data["problem"] == code and caught.value.data["end"] <= len(text)


def test_a_variable_that_leads_back_to_itself_is_told():
    with pytest.raises(BadRequest, match="lead back") as caught:
        draw("${a=x ${a}} ${a}", 1, LISTS.get)
    assert caught.value.data["problem"] == "too_deep"


@pytest.mark.parametrize("text", ["__loop__", "__broken__"])
def test_what_is_wrong_in_a_list_is_told_where_the_list_is_named(text: str) -> None:
    with pytest.raises(BadRequest, match=r"lists lead back|'broken'") as caught:
        draw(f"a {text}", 1, LISTS.get)
    assert (caught.value.data["start"], caught.value.data["end"]) == (2, 2 + len(text))
    assert caught.value.data["problem"] in ("too_deep", "bad_line")  # not that the list itself is missing


@given(texts, st.integers(0, 2**64))
def test_any_text_is_drawn_alike_twice_or_told_where_it_is_wrong(text: str, seed: int) -> None:
    started = time.process_time()
    try:
        drawn = draw(text, seed, LISTS.get)
    except BadRequest as error:
        assert 0 <= error.data["start"] < error.data["end"] <= len(text)
    else:
        assert drawn == draw(text, seed, LISTS.get)
        assert is_drawn(text) or drawn == text
    assert time.process_time() - started < 0.1


def called_among(nodes: tuple[Node, ...]) -> list[tuple[str, int]]:
    """The lists and variables of what was read, with their places."""
    found: list[tuple[str, int]] = []
    for node in nodes:
        if isinstance(node, Choice):
            found += [one for _, option in node.options for one in called_among(option)]
        elif isinstance(node, ListName | Variable):
            found.append((node.name, node.start))
            found += called_among(node.words) if isinstance(node, Variable) else []
    return found


@given(texts)
@example(r"{2$$__a__$$a|__b__} \__c__ \___d__ ____e__ ____ _____|__ ${f=__g__|${h}} ${ i } {~__j__|{}}")
def test_what_is_called_is_what_is_read_or_the_same_is_wrong(text: str) -> None:
    try:
        expected = called_among(read(text))
    except Unreadable as unreadable:
        with pytest.raises(Unreadable) as caught:
            called_in(text, calls_of(text))
        assert caught.value.fault == unreadable.fault
    else:
        assert [(one.name, one.start) for one in called_in(text, calls_of(text))] == expected


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "{a|b}" * 20_000,
        "__colour__" * 10_000,
        "_" * 100_000,
        "{" + "a|" * 50_000 + "}",
        "}" * 100_000,
        "{-9999$$" + "a|" * 45_000 + "}",
        "__huge__ " * 10_000,
    ],
)
def test_hostile_texts_end_soon(text: str) -> None:
    started = time.process_time()
    try:
        draw(text, 1, LISTS.get)
    except BadRequest:
        pass
    assert time.process_time() - started < 4
