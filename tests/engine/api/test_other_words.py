"""Words that a model never learnt: found where they stand, read as others, articles and all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.errors import BadRequest
from engine.api.other_words import ReadAs, as_read, other_words, read_as_of
from engine.api.request import GenerationRequest

TABLE = {
    "hound": "a dog",
    "hounds": "dogs",
    "sea turtle": "a turtle",
    "plane": "an airplane",
    "jaiba": "un cangrejo",
    "jaibas": "cangrejos",
    "computadora": "un ordenador",
    "podenco": "un perro",
    "gelato": "ice cream",
}


def read(prompt: str, learnt: tuple[str, ...] = ()) -> str:
    return as_read(prompt, read_as_of([prompt], TABLE, learnt))


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("a hound", "a dog"),
        ("A plane over two hounds", "An airplane over two dogs".replace("An", "an", 1)),
        ("the plane", "the airplane"),
        ("a big hound", "a big dog"),
        ("una jaiba en la playa", "un cangrejo en la playa"),
        ("la jaiba", "el cangrejo"),
        ("tres jaibas", "tres cangrejos"),
        ("un podenco", "un perro"),
        ("la computadora", "el ordenador"),
        ("a (hound:1.3) and [sea  turtle]", "a (dog:1.3) and [turtle]"),
        ("sea, turtle", "sea, turtle"),
        ("a greyhound-like hound-shape", "a greyhound-like hound-shape"),
        ("gelato", "ice cream"),
        ("<lora:hound:0.8> a hound", "<lora:hound:0.8> a dog"),
        ("a dog", "a dog"),
        ("", ""),
    ],
)
def test_words_are_read_as_the_table_says(typed: str, drawn: str):
    assert read(typed) == drawn


def test_a_learnt_word_means_what_it_was_taught_as():
    assert read("a Hound and a plane", ("HOUND",)) == "a Hound and an airplane"


def test_each_word_is_told_once_and_with_its_place():
    places = other_words("a hound, a Hound", TABLE)
    assert [(place.start, place.end, place.read_as.name) for place in places] == [
        (2, 7, "dog"), (11, 16, "dog"),
    ]  # fmt: skip
    assert read_as_of(["a hound, a Hound", "hounds"], TABLE) == (
        ReadAs("hound", "a dog"), ReadAs("hounds", "dogs"),
    )  # fmt: skip


@given(st.text(), st.lists(st.sampled_from(list(TABLE)), max_size=3))
def test_what_was_found_is_enough_to_read_it_so_again(text: str, words: list[str]):
    prompt = " ".join([text, *words])
    found = read_as_of([prompt], TABLE)
    places = other_words(prompt, {each.typed: each.drawn for each in found})
    assert places == other_words(prompt, TABLE)
    assert all(place.read_as.drawn == TABLE[place.read_as.typed] for place in places)


def test_a_request_keeps_them_and_refuses_empty_ones():
    request = GenerationRequest("m", "a hound", read_as=(ReadAs("hound", "a dog"),))
    assert GenerationRequest.from_json(request.to_json()) == request
    left_open = GenerationRequest("m", "a hound", read_as=None)
    assert GenerationRequest.from_json(left_open.to_json()).read_as is None
    assert GenerationRequest.from_json({"model": "m", "prompt": "a hound"}).read_as == ()  # of before
    with pytest.raises(BadRequest, match="read_as"):
        GenerationRequest("m", "a hound", read_as=(ReadAs("hound", " "),)).validated()
