"""The recipe's own parts: tables, labels, sources, colours. Nothing here reaches a network."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tiny_sprites import tiny_sprites

from engine.api.errors import EngineError
from engine.models.words.other_words import FILE, table_in
from engine.training.data.clipart import own_labels, table
from engine.training.data.concepts import concept_id, plain_words
from engine.training.data.labels import is_learnt, read_labels, read_left_out, read_names
from engine.training.data.pictures import SPRITE_PX, as_sprite, measure
from engine.training.data.smiles import SMILES, smiling
from engine.training.data.sources import SOURCES, Source, fetch
from engine.training.data.wordnet import NOT_TAUGHT, english_synonyms
from engine.training.scenes import Words
from engine.training.scenes.colours import COLOURS, recoloured
from engine.training.scenes.other_words import names_of, other_words_of, table_bytes


def emojibase(folder: Path, forms: list[tuple[str, str, str, int, int]]) -> Path:
    """A package of a few emoji: hexcode, English, Spanish, group, subgroup."""
    for language, at in (("en", 1), ("es", 2)):
        (folder / language).mkdir(parents=True)
        data = [
            {"hexcode": form[0], "label": form[at], "group": form[3], "subgroup": form[4], "tags": []}
            for form in forms
        ]
        (folder / language / "data.json").write_text(json.dumps(data))
    (folder / "meta").mkdir()
    kinds = {
        "groups": {"3": "animals-nature", "9": "flags"},
        "subgroups": {"34": "animal-mammal", "98": "country-flag"},
    }
    (folder / "meta" / "groups.json").write_text(json.dumps(kinds))
    return folder


def test_labels_take_the_tables_words_and_leave_out_flags(tmp_path: Path):
    package = emojibase(tmp_path, [
        ("1F415", "dog", "perro", 3, 34), ("1F993", "Zebra (striped)", "cebra", 3, 34),
        ("1F1EA", "flag: Spain", "bandera", 9, 98),
        ("1F9AE", "guide dog", "perro guía", 3, 34),
    ])  # fmt: skip
    labels = {label.id: label for label in read_labels(package)}
    assert set(labels) == {"dog", "zebra-striped"}
    assert (
        labels["dog"].names == {"en": ("dog",), "es": ("perro",)} and "beagle" in labels["dog"].synonyms["en"]
    )
    assert labels["zebra-striped"].names["en"] == ("zebra striped",) and labels["dog"].group == "animal"
    assert not is_learnt("man: beard", "person", "people-body")


def test_the_tables_are_in_order():
    """No word is a name of one thing and a synonym of another; nothing is named and left out."""
    rows = {**read_names(), **{label.id: label for label in own_labels()}}
    assert not read_left_out() & set(read_names())
    for language in ("en", "es"):
        names = [name for row in rows.values() for name in row.names[language]]
        synonyms = [word for row in rows.values() for word in row.synonyms[language]]
        assert len(set(synonyms)) == len(synonyms), sorted(
            word for word in synonyms if synonyms.count(word) > 1
        )
        assert not set(names) & set(synonyms), set(names) & set(synonyms)
    for language in ("en", "es"):
        assert all(row.names[language] for row in rows.values() if row.names["en"])
    drawings = [path for path, _ in table("clipart.txt")]
    assert len(set(drawings)) == len(drawings)


def test_names_are_plain():
    assert concept_id("Woman’s hat: Piñata!") == "womans-hat-pinata"
    assert plain_words("Person: “Beard” (old)") == "person beard old"


def test_a_picture_becomes_a_sprite_of_one_size():
    picture = np.zeros((300, 300, 4), np.uint8)
    cv2.rectangle(picture, (100, 50), (160, 250), (220, 30, 30, 255), -1)
    sprite = as_sprite(Image.fromarray(picture))
    assert sprite is not None and max(sprite.shape[:2]) == SPRITE_PX and sprite[..., 3].min() > 200
    info = measure(sprite, "pole", "flat")
    assert info.tone[0] > 200 and info.hue is not None and (info.hue <= 6 or info.hue >= 174)
    assert as_sprite(Image.new("RGBA", (50, 50))) is None


@pytest.mark.parametrize("colour", [name for name, colour in COLOURS.items() if colour.hue is not None])
def test_a_recoloured_sprite_has_that_hue_and_keeps_its_shading(colour: str):
    sprite = np.zeros((20, 40, 4), np.uint8)
    sprite[:, :, :] = (200, 40, 40, 255)
    sprite[:, 20:] = (120, 24, 24, 255)
    new = recoloured(sprite, 0, colour)
    hsv = cv2.cvtColor(np.ascontiguousarray(new[..., :3]), cv2.COLOR_RGB2HSV)
    wanted = COLOURS[colour].hue
    assert wanted is not None and abs((int(hsv[5, 5, 0]) - wanted + 90) % 180 - 90) <= 4
    assert hsv[5, 5, 2] > hsv[5, 30, 2] and np.array_equal(new[..., 3], sprite[..., 3])


def test_a_smile_is_a_face_upon_a_body():
    (concept, style), smile = next(iter(SMILES.items()))
    body, face = np.zeros((150, 192, 4), np.uint8), np.zeros((192, 180, 4), np.uint8)
    body[..., :] = (150, 90, 50, 255)
    face[..., :] = (250, 220, 180, 255)
    made = next(
        sprite
        for name, _, sprite in smiling({(concept, style): body, (smile.face, style): face})
        if name == concept
    )
    assert max(made.shape[:2]) == SPRITE_PX
    assert tuple(made[made.shape[0] // 5, made.shape[1] // 5, :3]) == (250, 220, 180)
    assert tuple(made[-3, -3, :3]) == (150, 90, 50)


def test_a_source_that_cannot_be_fetched_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = Source("gone", "npm", "no-such-package@1", SOURCES[0].credit)

    def refused(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "404 not found")

    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(EngineError, match=r"no-such-package.*404"):
        list(fetch(tmp_path, [broken]))
    assert not (tmp_path / "gone").exists()


def test_what_is_in_the_cache_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("fetched again")

    monkeypatch.setattr(subprocess, "run", never)
    for source in SOURCES:
        (tmp_path / source.name).mkdir()
    events = list(fetch(tmp_path))
    assert events[-1].share == 1.0 and len(events) == len(SOURCES) + 1


def noun(offset: int, words: str, pointers: list[tuple[str, int]]) -> str:
    names = words.split()
    parts = [f"{offset:08} 05 n {len(names):02x}", *(f"{name} 0" for name in names), f"{len(pointers):03}"]
    parts += [f"{symbol} {target:08} n 0000" for symbol, target in pointers]
    return " ".join(parts) + " | a gloss"


def test_wordnet_gives_kinds_but_no_second_meanings(tmp_path: Path):
    folder = tmp_path / "usr/share/wordnet"
    folder.mkdir(parents=True)
    lines = [
        noun(1, "dog domestic_dog", [("~", 2), ("~", 3)]), noun(2, "hound", [("@", 1), ("~", 4)]),
        noun(3, "boxer cur", [("@", 1)]),
        noun(4, "foxhound", [("@", 2)]), noun(9, "boxer pugilist", []),
    ]  # fmt: skip
    (folder / "data.noun").write_text("  1 a licence\n" + "\n".join(lines) + "\n", encoding="ascii")
    index = {
        "dog": [1],
        "domestic_dog": [1],
        "hound": [2],
        "boxer": [9, 3],
        "foxhound": [4],
        "cur": [3],
        "pugilist": [9],
    }
    rows = [
        f"{word} n {len(at)} 1 @ {len(at)} 1 {' '.join(f'{one:08}' for one in at)}"
        for word, at in index.items()
    ]
    (folder / "index.noun").write_text("\n".join(rows) + "\n", encoding="ascii")
    (tmp_path / "usr/share/dict").mkdir()
    (tmp_path / "usr/share/dict/american-english").write_text("dog\ndomestic\nhound\nboxer\nfoxhound\ncur\n")
    labels = read_labels(emojibase(tmp_path / "emoji", [("1F415", "dog", "perro", 3, 34)]))
    words = english_synonyms(labels, tmp_path, tmp_path)["dog"]
    assert "foxhound" in words and "domestic dog" in words
    assert "boxer" not in words and not NOT_TAUGHT & set(words)


def test_the_table_of_other_words_has_kinds_and_no_word_that_training_says(tmp_path: Path):
    wordnet, dictionary = tmp_path / "wordnet" / "usr/share/wordnet", tmp_path / "words" / "usr/share/dict"
    wordnet.mkdir(parents=True)
    dictionary.mkdir(parents=True)
    lines = [
        noun(1, "dog", [("~", 2)]), noun(2, "hound", [("~", 3)]), noun(3, "foxhound bluetick sallow", []),
        noun(4, "cat", [("~", 5)]), noun(5, "moggy left cur", []),
    ]  # fmt: skip
    (wordnet / "data.noun").write_text("\n".join(lines) + "\n", encoding="ascii")
    index = {"dog": 1, "hound": 2, "foxhound": 3, "bluetick": 3, "sallow": 3, "cat": 4, "moggy": 5}
    index |= {"left": 5, "cur": 5}
    rows = [f"{word} n 1 1 @ 1 1 {at:08}" for word, at in index.items()]
    (wordnet / "index.noun").write_text("\n".join(rows) + "\n", encoding="ascii")
    (wordnet / "index.adj").write_text("sallow a 1 1 & 1 1 00000009\n", encoding="ascii")
    (dictionary / "american-english").write_text("dog\nauto\n")
    words = Words.of(tiny_sprites())
    table = other_words_of(words, tmp_path)
    assert {"foxhound", "bluetick"} <= set(table["en"]["a dog"])
    assert {"foxhounds", "blueticks"} <= set(table["en"]["dogs"])
    assert "moggy" in table["en"]["a cat"]
    kept_out = {word for concept in words.concepts for word in words.unseen(concept, "es")} - {"auto"}
    assert kept_out and kept_out <= {word for typed in table["es"].values() for word in typed}
    typed = {word for by_drawn in table.values() for some in by_drawn.values() for word in some}
    # what captions say ("left"), adjectives, unkind words
    assert not typed & {"left", "sallow", "cur", "dog", "hound", "perro"}
    assert not any("auto" in some for some in table["es"].values())  # an English word, too
    path = tmp_path / FILE
    names = names_of(words.concepts, table)
    assert names["es"]["a dog"] == "un perro" and names["es"]["dogs"] == "perros"
    path.write_bytes(table_bytes(table, names))
    assert table_in(tmp_path)["foxhound"] == "a dog"
