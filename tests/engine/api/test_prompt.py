"""What an artist types is always read, its words never change, and weights go up and down again."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prompt_texts import SHORT

from engine.api.nudge import nudge_weight
from engine.api.prompt import (
    BREAK,
    Segment,
    literal,
    lora_faults,
    lora_marks,
    parse,
    plain,
    source_indices,
)

prompts = st.text(st.sampled_from("ab ,:.12()[]\\é\n\ud800\0"), max_size=40) | SHORT
words_only = st.text(st.sampled_from("abc ,.é🙂"), min_size=1, max_size=30)


def weights(text: str) -> list[tuple[str, float]]:
    return [(segment.text, round(segment.weight, 4)) for segment in parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a cat", [("a cat", 1)]),
        ("a (cat)", [("a ", 1), ("cat", 1.1)]),
        ("a (cat:1.3) sits", [("a ", 1), ("cat", 1.3), (" sits", 1)]),
        ("[cat]", [("cat", 0.9091)]),
        ("((cat))", [("cat", 1.21)]),
        ("(a (cat:1.5):2)", [("a ", 2), ("cat", 3)]),
        ("(cat: 1.3 )", [("cat", 1.3)]),
        ("(time 12:30)", [("time 12", 10)]),  # as everywhere in the field
        (r"\(cat\) \[x\] \\", [(r"(cat) [x] \ "[:-1], 1)]),
        (r"a\b", [(r"a\b", 1)]),
        ("()[]", []),
        ("(a)(b)", [("ab", 1.1)]),
        ("(a:99)", [("a", 10)]),
        ("(a:-1)", [("a", 0)]),
        ("(((a:0.5):8):2)", [("a", 8)]),  # what is read is held within bounds, not what is on the way to it
    ],
)
def test_weights_are_read_as_artists_write_them(text: str, expected: list[tuple[str, float]]) -> None:
    if text == "(time 12:30)":
        expected = [
            ("time 12", 10)
        ]  # a number right before the bracket is a weight, as everywhere in the field
    assert weights(text) == expected


@pytest.mark.parametrize("text", [":) a cat (", "a ) b", "(a] b", "[", "a:1.2)", "((", "[)"])
def test_a_bracket_without_partner_is_a_character(text: str) -> None:
    assert parse(text) == (Segment(text, 1.0, 0, len(text)),)


def test_crossed_brackets_pair_with_the_nearest_of_their_shape() -> None:
    assert weights("(a [b) c]") == [("a [b", 1.1), (" c]", 1)]


@given(prompts)
def test_any_text_parses_and_its_words_are_kept(text: str) -> None:
    segments = parse(text)
    assert "".join(segment.text for segment in segments) == plain(text)
    assert all(segment.text and 0 <= segment.weight <= 10 for segment in segments)
    ends = [0, *(segment.end for segment in segments)]
    assert all(end <= segment.start < segment.end for end, segment in zip(ends, segments, strict=False))
    assert all(one.weight != two.weight for one, two in pairwise(segments))


@given(prompts)
def test_every_word_knows_where_it_was_typed(text: str) -> None:
    words = plain(text)
    *indices, end = source_indices(text, range(len(words) + 1))
    assert indices == sorted(set(indices))
    assert all(
        text[at] == word
        or text[at : at + 2] == f"\\{word}"
        or (word == BREAK and text.startswith("BREAK", at))
        for at, word in zip(indices, words, strict=True)
    )
    assert end == len(text)


@given(st.text(st.characters(exclude_characters="()[]\\")))
def test_text_without_brackets_is_left_alone(text: str) -> None:
    assert plain(text) == text


@given(st.text("ab()[]\\: 1.3<>é"))
def test_what_is_meant_literally_is_read_as_it_stands(text: str) -> None:
    assert plain(literal(text)) == text
    assert all(segment.weight == 1 for segment in parse(literal(text)))


@given(prompts, st.data(), st.sampled_from([0.1, -0.1, 0.5, -3.0]))
@example("(ca", None, 0.1)
@example("[(])", None, 0.1)
def test_a_nudge_never_changes_the_words(text: str, data: st.DataObject | None, by: float) -> None:
    bounds = data.draw(st.tuples(*[st.integers(0, len(text))] * 2)) if data else (0, len(text))
    start, end = sorted(bounds)
    nudged, new_start, new_end = nudge_weight(text, start, end, by)
    assert plain(nudged) == plain(text)
    assert 0 <= new_start <= new_end <= len(nudged)


@given(words_only, st.data())
def test_up_then_down_gives_the_text_back_with_its_words_selected(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    up, up_start, up_end = nudge_weight(text, start, end)
    down, down_start, down_end = nudge_weight(up, up_start, up_end, -0.1)
    assert down == text
    assert down[down_start:down_end] == up[up_start:up_end]
    if text[start:end].strip():
        assert up[up_start:up_end] == text[start:end].strip()


@given(st.integers(2, 29), st.sampled_from([0.1, -0.1]))
def test_an_explicit_weight_comes_back_too(tenths: int, by: float) -> None:
    text = f"a (cat:{tenths / 10:g}) b"
    once = nudge_weight(text, 3, 6, by)
    back = nudge_weight(*once, -by)
    assert back[0] == ("a cat b" if tenths == 10 else text)


def test_ten_nudges_stay_on_the_words_and_stop_at_three() -> None:
    text, start, end = "a cute beagle smiling", 2, 13
    for _ in range(30):
        text, start, end = nudge_weight(text, start, end)
        assert text[start:end] == "cute beagle"
    assert text == "a (cute beagle:3) smiling"
    for _ in range(60):
        text, start, end = nudge_weight(text, start, end, -0.1)
    assert text == "a (cute beagle:0.1) smiling"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a c|at", "a (<cat>:1.1)"),
        ("a cat|", "a (<cat>:1.1)"),
        ("a  |  cat", "a    cat"),
        ("(a cu|te cat:1.2)", "(<a cute cat>:1.3)"),
        ("a < cat > b", "a  (<cat>:1.1)  b"),
        ("<(cat:1.2)>", "(<cat>:1.3)"),
        ("((<cat>))", "((<cat>:1.2))"),
        ("[<cat>]", "<cat>"),
        ("(cat:1.2) <dog>", "(cat:1.2) (<dog>:1.1)"),
        ("a <fat (ca>t:1.2) x", "a (<fat (cat:1.2)>:1.1) x"),
        ("<:) cat>", "(<:\\) cat>:1.1)"),
        (r"<cat \>(x", r"(<cat \(x"[:0] + r"(<cat \(>:1.1)x"),
    ],
)
def test_the_selected_words_or_the_word_at_the_cursor_are_weighed(before: str, after: str) -> None:
    start = before.replace("<", "|").index("|")
    end = before.index(">") - 1 if ">" in before else start
    text = before.replace("|", "").replace("<", "").replace(">", "")
    nudged, start, end = nudge_weight(text, start, end)
    if "<" in after:
        nudged = f"{nudged[:start]}<{nudged[start:end]}>{nudged[end:]}"
    assert nudged == after


@pytest.mark.parametrize(
    "text",
    [
        "(word " * 10_000 + ":1.2)" * 10_000,
        "(" * 100_000,
        "[(" * 25_000 + ")" * 50_000,
        ":" + " " * 100_000,
        ":" + "1" * 100_000,
        "\\(" * 50_000,
        "(a)b" * 25_000,
    ],
    ids=["nested", "open", "crossed", "blanks", "digits", "escapes", "siblings"],
)
def test_a_hundred_thousand_characters_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    parse(text)
    whole = time.process_time() - started
    assert whole < 2  # a quadratic reader takes minutes; the usual figure is well under a tenth of a second


def test_a_lora_is_named_in_the_prompt_and_not_read():
    text = "a (cat:1.2) <lora:ink (soft):0.8>, blue<lora:b:-.5><lora:c>"
    assert [(mark.name, mark.weight) for mark in lora_marks(text)] == [
        ("ink (soft)", 0.8),
        ("b", -0.5),
        ("c", 1),
    ]
    assert [text[mark.start : mark.end] for mark in lora_marks(text)][1] == "<lora:b:-.5>"
    assert plain(text) == "a cat , blue"
    assert text[source_indices(text, [plain(text).index("blue")])[0]] == "b"


def test_what_begins_like_a_lora_and_is_none_is_found():
    text = "<lora:a:1> <lora:b:o.8>, <lora:c\na cat"
    assert [text[start:end] for start, end in lora_faults(text)] == ["<lora:b:o.8>", "<lora:c"]


@pytest.mark.parametrize("text", ["<lora:>", "<lora:a:b>", "<lora:a", "lora:a:1>", "<lora:a:1:2:3>"])
def test_what_only_looks_like_a_lora_is_text(text: str):
    assert lora_marks(text) == () and plain(text) == text
