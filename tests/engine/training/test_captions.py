"""Captions: grammar in two languages, what is said is what is shown, and no word or prompt that is kept."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tiny_sprites import tiny_sprites

from engine.training.scenes import Item, Scene, Words, caption, evaluation_prompts, sample_scene, text_pairs
from engine.training.scenes import english as en
from engine.training.scenes import spanish as es
from engine.training.scenes.captions import plain_caption
from engine.training.scenes.colours import COLOURS
from engine.training.scenes.grammar import Thing
from engine.training.scenes.held_out import is_held_out
from engine.training.scenes.prompts import SETS, reserved_prompts


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.of(tiny_sprites())


def said(scene: Scene, words: Words, language: str, count: int = 200) -> set[str]:
    rng = np.random.default_rng(1)
    return {caption(scene, rng, language, words) for _ in range(count)}


@pytest.mark.parametrize(
    ("name", "one", "many"),
    [
        ("dog", "a dog", "two dogs"),
        ("elephant", "an elephant", "two elephants"),
        ("mouse", "a mouse", "two mice"),
        ("cup of coffee", "a cup of coffee", "two cups of coffee"),
        ("butterfly", "a butterfly", "two butterflies"),
        ("unicorn", "a unicorn", "two unicorns"), ("hourglass", "an hourglass", "two hourglasses"),
        ("bus", "a bus", "two buses"),
        ("person riding a bicycle", "a person riding a bicycle", "two people riding a bicycle"),
        ("office building", "an office building", "two office buildings"), ("knife", "a knife", "two knives"),
    ],
)  # fmt: skip
def test_english_articles_and_plurals(name: str, one: str, many: str):
    assert en.noun_phrase(Thing(name)) == one
    assert en.noun_phrase(Thing(name, number=2)) == many


@pytest.mark.parametrize("name", ["glasses", "grapes", "cheese", "santa claus", "scissors", "planet earth"])
def test_english_without_article_or_plural(name: str):
    assert en.noun_phrase(Thing(name)) == name and en.plural(name) == ""


@pytest.mark.parametrize(
    ("name", "one", "many"),
    [
        ("perro", "un perro", "dos perros"),
        ("casa", "una casa", "dos casas"),
        ("flor", "una flor", "dos flores"),
        ("pez tropical", "un pez tropical", "dos peces tropicales"), ("águila", "un águila", "dos águilas"),
        ("taza de café", "una taza de café", "dos tazas de café"), ("autobús", "un autobús", "dos autobuses"),
        ("león", "un león", "dos leones"),
        ("mano", "una mano", "dos manos"),
        ("planeta", "un planeta", "dos planetas"),
        ("paraguas", "un paraguas", "dos paraguas"),
        ("árbol", "un árbol", "dos árboles"),
        ("lápiz", "un lápiz", "dos lápices"),
        ("castillo japonés", "un castillo japonés", "dos castillos japoneses"),
        ("fantasma", "un fantasma", "dos fantasmas"),
        ("persona en bicicleta", "una persona en bicicleta", "dos personas en bicicleta"),
    ],
)  # fmt: skip
def test_spanish_articles_and_plurals(name: str, one: str, many: str):
    assert es.noun_phrase(Thing(name)) == one
    assert es.noun_phrase(Thing(name, number=2)) == many


@pytest.mark.parametrize(
    ("thing", "phrase"),
    [
        (Thing("coche", "red"), "un coche rojo"), (Thing("casa", "red"), "una casa roja"),
        (Thing("casa", "blue", number=2), "dos casas azules"),
        (Thing("uvas", "yellow"), "unas uvas amarillas"),
        (Thing("manzana", "pink", "pequeño"), "una manzana rosa pequeña"),
        (Thing("hacha", "white"), "un hacha blanca"),
        (Thing("taza de café", "black"), "una taza de café negra"),
        (Thing("perro", look="sonriente"), "un perro sonriente"),
        (Thing("muñeco de nieve", "", "muy pequeño"), "un muñeco de nieve muy pequeño"),
        (Thing("casa con jardín", "red"), "una casa roja con jardín"),
        (Thing("gato", article=False, adjective="bonito"), "gato bonito"),
    ],
)  # fmt: skip
def test_spanish_agrees(thing: Thing, phrase: str):
    assert es.noun_phrase(thing) == phrase


def test_spanish_the_and_and():
    assert es.definite(Thing("perro", article=False)) == "el perro"
    assert es.definite(Thing("águila", article=False)) == "el águila"
    assert es.definite(Thing("uvas", article=False)) == "las uvas"
    assert es.and_of("iglesia") == "e" == es.and_of("isla") and es.and_of("hielo") == "y" == es.and_of(
        "un gato"
    )


def test_what_is_shown_is_said(words: Words):
    """Place, weather, hour, colour, pose and what lies on all are in every sentence of a full scene."""
    item = Item("automobile", "flat", 0.5, 0.9, 0.5, colour="blue", pose="jumping", lift=0.2)
    scene = Scene(0, "beach", 0.65, "", "night", "rain", False, (item,))
    for text in said(scene, words, "en"):
        assert (
            re.search(r"beach|sand|sea", text, re.I)
            and re.search(r"rain", text, re.I)
            and "blue car" in text.lower()
        ), text
        assert re.search(r"night", text) and re.search(r"jump|leap", text), text
    for text in said(scene, words, "es"):
        assert re.search(r"playa|mar\b|arena", text) and re.search(r"llueve|llov|lluvia", text, re.I), text
        assert (
            "coche azul" in text.lower() and re.search(r"noche|nocturno", text) and re.search(r"salt", text)
        ), text


def test_a_scene_is_said_in_many_ways(words: Words):
    scene = Scene(
        0,
        "field",
        0.6,
        items=(Item("dog", "3d", 0.5, 0.9, 0.5), Item("house", "3d", 0.8, 0.9, 0.4)),
        relation="left",
    )
    for language in ("en", "es"):
        texts = said(scene, words, language)
        assert len(texts) > 60
        assert any(text[0].isupper() for text in texts) and any(text[0].islower() for text in texts)


def test_captions_are_clean_in_both_languages(words: Words):
    rng = np.random.default_rng(2)
    for _ in range(1500):
        scene = sample_scene(rng, words)
        for language in ("en", "es"):
            text = caption(scene, rng, language, words)
            assert text == text.strip() and "  " not in text and " ," not in text and "{" not in text, text
            assert not re.search(r"\ba [aeio]\w|\ban [bcdfgjklmnpqrstvwxz]", text), text
            assert not re.search(r"\b(una perro|un casa|un manzana|una coche|unas hacha)\b", text), text
            assert len(text) < 240


def test_the_same_dice_say_the_same(words: Words):
    scene = sample_scene(np.random.default_rng(3), words)
    once, again = (caption(scene, np.random.default_rng(4), "es", words) for _ in range(2))
    assert once == again


def test_no_synonym_stands_beside_a_picture(words: Words):
    synonyms = {
        word for concept in words.concepts for language in ("en", "es") for word in concept.synonyms[language]
    }
    rng = np.random.default_rng(5)
    for _ in range(1500):
        scene = sample_scene(rng, words)
        for language in ("en", "es"):
            text = caption(scene, rng, language, words).lower()
            found = {word for word in synonyms if re.search(rf"\b{word}\b", text)}
            assert not found, (text, found)


def test_text_pairs_teach_the_lecture_s_words_and_keep_some_back(words: Words):
    pairs = text_pairs(words)
    assert ("beagle", "dog", "en") in pairs and ("sabueso", "perro", "es") in pairs
    taught = {word for word, _, _ in pairs}
    unseen = {
        word
        for concept in words.concepts
        for language in ("en", "es")
        for word in words.unseen(concept, language)
    }
    assert unseen and not taught & unseen


def test_captions_are_never_an_evaluation_prompt(words: Words):
    reserved = reserved_prompts(words)
    rng = np.random.default_rng(6)
    plain = words.focused(plain=1, place=0, several=0, empty=0, effects=0)
    for _ in range(2000):
        scene = sample_scene(rng, plain)
        for language in ("en", "es"):
            assert plain_caption(caption(scene, rng, language, plain)) not in reserved


def test_the_evaluation_asks_in_both_languages_for_what_is_kept(words: Words):
    prompts = evaluation_prompts(words)
    assert prompts == evaluation_prompts(words.focused(plain=1, place=0, several=0, empty=0))
    by_set = {name: [prompt for prompt in prompts if prompt.set == name] for name in SETS}
    texts = {prompt.text for prompt in by_set["lecture"]}
    assert {
        "a beagle",
        "un beagle",
        "a cute beagle smiling while jumping",
        "it's snowing, everything is covered in snow",
    } <= texts
    assert {prompt.language for prompt in by_set["lecture"]} == {"en", "es"}
    for name in ("two objects", "weather", "places", "colours"):
        assert all(is_held_out(prompt.scene) for prompt in by_set[name])
    assert all(len(prompt.concepts) == 2 for prompt in by_set["two objects"])
    assert all(prompt.concepts for prompt in prompts if prompt.set != "lecture")
    assert all(COLOURS[prompt.scene.items[0].colour] for prompt in by_set["colours"])
