"""What is read at which step is what AUTOMATIC1111 reads; any text has an answer at every step."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prompt_texts import SHORT

from engine.api.prompt import BREAK, parse, plain, source_indices
from engine.api.prompt_steps import at_step, changes, every_step, sentences

prompts = st.text(st.sampled_from("ab ,:.12()[]|\\é{}_<>"), max_size=40) | SHORT

A1111 = [
    # what AUTOMATIC1111 documents and tests in `modules/prompt_parser.py`: steps, text, (last step, words)
    (10, "test", [(10, "test")]),
    (10, "a [b:3]", [(3, "a "), (10, "a b")]),
    (10, "a [b: 3]", [(3, "a "), (10, "a b")]),
    (10, "a [[[b]]:2]", [(2, "a "), (10, "a b")]),
    (5, "[a|(b:1.1)]", [(1, "a"), (2, "b"), (3, "a"), (4, "b"), (5, "a")]),
    (5, "[fe|]male", [(1, "female"), (2, "male"), (3, "female"), (4, "male"), (5, "female")]),
    (9, "[fe|||]male", [(1, "female"), (4, "male"), (5, "female"), (8, "male"), (9, "female")]),
    (10, "[a:b:0.4]", [(4, "a"), (10, "b")]),
    (10, "a [b::0.6] c", [(6, "a b c"), (10, "a  c")]),
    (10, "[a:b:1.0]", [(10, "a")]),
    (10, "[a:[b:c:0.8]:0.3]", [(3, "a"), (8, "b"), (10, "c")]),
]


@pytest.mark.parametrize(("steps", "text", "spans"), A1111)
def test_the_steps_are_those_of_automatic1111(steps: int, text: str, spans: list[tuple[int, str]]) -> None:
    for step in range(1, steps + 1):
        words = plain(at_step(text, step, steps))
        assert words == plain(text, step, steps)
        assert words == next(words for last, words in spans if step <= last)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        # the documented examples of AUTOMATIC1111's `parse_prompt_attention`
        ("normal text", [("normal text", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        ("(unbalanced", [("(unbalanced", 1.0)]),
        (r"\(literal\]", [("(literal]", 1.0)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [
                ("a (", 1.0),  # there an open bracket weighs all that follows; here it is a character
                ("house", 1.3 * 1.1),
                (" ", 1.0),
                ("on", 1 / 1.1),
                (" a ", 1.0),
                ("hill", 0.5),
                (", sun, ", 1.0),
                ("sky", 1.1**3),
                (".", 1.0),
            ],
        ),
    ],
)
def test_the_weights_are_those_of_automatic1111(text: str, weights: list[tuple[str, float]]) -> None:
    read = [(segment.text, pytest.approx(segment.weight)) for segment in parse(text)]
    assert read == weights


def test_a_bracket_that_is_hidden_at_a_step_weighs_nothing_after_it():
    before, after = (parse("[(dog):5] cat, (sits) down", step, 10) for step in (5, 6))
    assert [(one.text, one.weight) for one in before] == [(" cat, ", 1), ("sits", 1.1), (" down", 1)]
    assert (after[0].text, after[0].weight, after[1].weight) == ("dog", 1.1, 1)


@given(prompts, st.integers(1, 12), st.integers(1, 12))
@example("[(:0.5]a|)", 1, 2)
def test_at_a_step_the_words_and_weights_are_the_same_and_nothing_changes_any_more(
    text: str, step: int, total: int
) -> None:
    one = at_step(text, step, total)
    assert not changes(one)
    before = [(segment.text, segment.weight) for segment in parse(text, step, total)]
    after = [(segment.text, segment.weight) for segment in parse(one)]
    if BREAK not in plain(text, step, total):
        assert before == after
    if not changes(text):
        assert one == text


@given(prompts, st.integers(1, 9))
def test_every_word_of_a_step_knows_where_it_was_typed(text: str, step: int) -> None:
    words = plain(text, step, 9)
    indices = list(source_indices(text, range(len(words)), step, 9))
    assert indices == sorted(set(indices))


@given(prompts)
def test_sentences_lie_one_behind_the_other(text: str) -> None:
    found = sentences(text)
    assert found and all(one.end <= two.start for one, two in pairwise(found))
    assert len(found) > 1 or found[0].text == text


def test_and_joins_with_weights_outside_of_brackets():
    read = [(one.text, one.weight) for one in sentences("a cat :1.2 AND (a dog:1.3) : -0.5 AND x:y")]
    assert read == [("a cat", 1.2), ("(a dog:1.3)", -0.5), ("x:y", 1.0)]
    assert len(sentences("a (b AND c) sand")) == 1
    assert [one.text for one in sentences(r"black \AND white")] == [r"black \AND white"]
    assert plain(r"black \AND white") == "black AND white"


def test_break_is_one_character_of_what_is_read():
    assert plain("a BREAK b") == f"a {BREAK} b"
    assert plain("a BREAKER b") == "a BREAKER b"
    assert plain(r"a \BREAK b") == "a BREAK b"
    assert [at.split() for at in every_step("[a:b:1] BREAK c", 2)] == [
        ["a", "BREAK", "c"],
        ["b", "BREAK", "c"],
    ]


@pytest.mark.parametrize(
    "text", ["[a|" * 30_000 + "b" + "]" * 30_000, "[a:" * 30_000, "|" * 100_000, "[" + "|" * 99_998 + "]",
             "AND " * 25_000, "[a:b:" + "9" * 50_000 + "]", "(" + "[|" * 49_999 + ")", "a :2 AND " * 11_000],
    ids=["nested", "open", "bars", "many", "and", "digits", "torn", "weighed"],
)  # fmt: skip
def test_hostile_texts_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    at_step(text, 3, 20)
    sentences(text)
    assert time.process_time() - started < 4  # a quadratic reader takes minutes
