"""More like this, near-duplicates, a dropped picture; prompts and pixels found by what they mean."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from libraries import look, open_in
from picture_files import a1111, put
from PIL import Image, ImageDraw, ImageFilter

from engine.api.errors import UnsupportedModel
from engine.library.index.catalogue import Catalogue
from engine.library.index.embedder import EmbedderProcess
from engine.library.index.look import LENGTH, look_of
from engine.library.index.sights import SightModel
from engine.library.pictures import encode_image


def scene(number: int, side: int = 160) -> Image.Image:
    """A sky, a ground and some shapes; another one for each number."""
    chance = np.random.default_rng(number)
    image = Image.new("RGB", (side, side), tuple(chance.integers(0, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    horizon = int(chance.integers(side // 4, side))
    draw.rectangle((0, horizon, side, side), tuple(chance.integers(0, 255, 3).tolist()))
    for _ in range(7):
        x, y, r = chance.integers(0, side, 3).tolist()
        draw.ellipse(
            (x - r // 3, y - r // 3, x + r // 3, y + r // 3), tuple(chance.integers(0, 255, 3).tolist())
        )
    return image


def save(path: Path, image: Image.Image, format: str = "png", quality: int = 92) -> None:
    path.write_bytes(encode_image(np.asarray(image), None, format, quality))  # type: ignore[arg-type]


@pytest.fixture
def filled(catalogue: Catalogue, folder: Path) -> Catalogue:
    for number in range(30):
        save(folder / f"scene {number}.png", scene(number))
    save(folder / "copy.jpg", scene(3), "jpeg", 70)
    save(folder / "small.png", scene(3).resize((64, 64)))
    save(folder / "soft.png", scene(3).filter(ImageFilter.GaussianBlur(1)))
    (folder / "broken.png").write_bytes((folder / "scene 1.png").read_bytes()[:90])
    look(catalogue)
    looked = list(catalogue.likeness.learn_looks())
    assert [one.path.name for one in looked if one.cause] == ["broken.png"]
    return catalogue


def stems(catalogue: Catalogue, ids) -> list[str]:
    return [record.path.stem for record in catalogue.records(ids)]


def test_more_like_this(filled: Catalogue):
    found = filled.likeness.like(filled.search('name:"scene 3"').ids)
    assert stems(filled, found.ids[:4])[0] == "scene 3"
    assert set(stems(filled, found.ids[:4])) == {"scene 3", "copy", "small", "soft"}
    assert found.scores is not None and found.scores[0] > 0.99 and (np.diff(found.scores) <= 0).all()
    assert len(filled.likeness.like(filled.search('name:"scene 3"').ids, most=2)) == 2
    assert stems(filled, filled.likeness.like(filled.search("soft").ids, "name:scene").ids)[0] == "scene 3"


def test_a_dropped_picture_is_found(filled: Catalogue):
    dropped = np.asarray(scene(17).resize((300, 280)))
    assert stems(filled, filled.likeness.like_pixels(dropped).ids[:1]) == ["scene 17"]


def test_near_duplicates(filled: Catalogue):
    groups = [set(stems(filled, group)) for group in filled.likeness.near_duplicates()]
    assert groups == [{"scene 3", "copy", "small", "soft"}]


def test_what_was_looked_at_is_not_looked_at_again(filled: Catalogue, folder: Path, tmp_path: Path):
    assert list(filled.likeness.learn_looks()) == []
    save(folder / "scene 5.png", scene(99))
    look(filled)
    assert [one.path.name for one in filled.likeness.learn_looks()] == ["scene 5.png"]
    other = open_in(tmp_path)
    assert stems(other, other.likeness.like_pixels(np.asarray(scene(99))).ids[:1]) == ["scene 5"]
    other.close()


def test_nothing_was_looked_at_yet(catalogue: Catalogue, folder: Path):
    save(folder / "one.png", scene(1))
    look(catalogue)
    assert (
        len(catalogue.likeness.like(catalogue.search("").ids)) == 0
        and catalogue.likeness.near_duplicates() == []
    )


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_picture_has_a_look(value: int):
    seen = look_of(np.full((5, 300, 3), value, np.uint8))
    assert seen.numbers.shape == (LENGTH,) and seen.numbers.any()


def learn_meanings(catalogue: Catalogue) -> list[tuple[int, int]]:
    return [(step.done, step.total) for step in catalogue.likeness.learn_meanings()]


def test_prompts_are_found_by_their_meaning_in_english_and_spanish(catalogue: Catalogue, folder: Path):
    put(
        folder,
        port=a1111("a foggy port at dawn, (soft golden glow:1.2), fishing boats", 1),
        puerto=a1111("un puerto con niebla al amanecer", 2),
        twin=a1111("un puerto con niebla al amanecer", 3),
        train=a1111("steam locomotive crossing a bridge <lora:old:0.7>", 4),
        kitten=a1111("cute kitten sleeping on a sofa", 5),
        ramen=a1111("a bowl of ramen, food photography", 6),
    )
    look(catalogue)
    assert learn_meanings(catalogue) == [(6, 6)]

    def first(text: str, query: str = "") -> str:
        return stems(catalogue, catalogue.likeness.by_meaning(text, query).ids)[0]

    for text in ("misty harbour, warm light", "puerto brumoso, luz cálida"):
        found = stems(catalogue, catalogue.likeness.by_meaning(text).ids)
        assert set(found) == {"port", "puerto", "twin"}, text
    assert (
        first("tren") == "train" and first("gatito durmiendo") == "kitten" and first("noodle soup") == "ramen"
    )
    assert first("misty harbour", "seed:3") == "twin"
    put(folder, port=a1111("an astronaut", 1))
    look(catalogue)
    assert learn_meanings(catalogue) == [(1, 1)], "only what is new is read"
    assert learn_meanings(catalogue) == []


def test_what_reads_prompts_is_started_again_after_it_was_killed_and_ends_with_the_catalogue(
    catalogue: Catalogue, folder: Path
):
    put(folder, one=a1111("a dog", 1))
    look(catalogue)
    learn_meanings(catalogue)
    encoder = catalogue.likeness._meanings._encoder
    assert encoder._process is not None
    encoder._process.kill()
    assert stems(catalogue, catalogue.likeness.by_meaning("perro").ids) == ["one"]
    process = encoder._process
    catalogue.close()
    assert process is not None and process.poll() is not None
    with pytest.raises(UnsupportedModel, match="before it answered"):
        encoder.texts(["a"])


def test_a_hostile_prompt_is_read_like_any_other(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("((((" * 20_000, 1), two=a1111("\u202e<<<<" + "\ud83d\ude00" * 5000, 2))
    look(catalogue)
    assert learn_meanings(catalogue) == [(2, 2)]


SEER = """
import sys
import numpy as np
from engine.library.index.embedding_loop import serve

def texts(told):
    known = {"red": (1, 0, 0), "green": (0, 1, 0)}
    return np.array([known.get(text, (0, 0, 1)) for text in told], np.float32)

def pictures(taken):
    means = np.array([picture.reshape(-1, 3).mean(0) for picture in taken], np.float32)
    return means / np.linalg.norm(means, axis=1, keepdims=True)

serve(texts, pictures)
"""


def plain_picture(path: Path, colour: tuple[int, int, int]) -> None:
    Image.new("RGB", (64, 48), colour).save(path)


@pytest.fixture
def seeing(catalogue: Catalogue, folder: Path) -> Catalogue:
    """Pictures without a word, and a network that tells colours."""
    for name, colour in {
        "red": (250, 9, 9),
        "wine": (200, 50, 30),
        "green": (9, 200, 9),
        "blue": (0, 0, 255),
    }.items():
        plain_picture(folder / f"{name}.png", colour)
    (folder / "broken.png").write_bytes((folder / "red.png").read_bytes()[:-60] + b"?" * 60)
    look(catalogue)
    catalogue.likeness.use_sight(SightModel("seer", 7, (sys.executable, "-c", SEER), 3))
    return catalogue


def test_the_artists_network_finds_pixels_by_words_by_pictures_and_by_pixels(seeing: Catalogue, folder: Path):
    likeness = seeing.likeness
    told = list(likeness.learn_sights())
    assert (told[-1].done, told[-1].total) == (5, 5)
    assert [step.path.name for step in told if step.cause and step.path] == ["broken.png"]
    assert stems(seeing, likeness.by_meaning("red").ids) == ["red", "wine"]
    red = seeing.search("file:red").ids
    assert stems(seeing, likeness.like(red).ids)[:2] == ["red", "wine"]
    green = np.full((700, 900, 3), (0, 255, 0), np.uint8)
    assert stems(seeing, likeness.like_pixels(green).ids)[0] == "green"
    assert list(likeness.learn_sights()) == []


def test_another_network_looks_at_everything_itself(seeing: Catalogue):
    list(seeing.likeness.learn_sights())
    seeing.likeness.use_sight(SightModel("other", 8, (sys.executable, "-c", SEER), 3))
    assert seeing.likeness.sight is not None and seeing.likeness.sight.name == "other"
    assert stems(seeing, seeing.likeness.by_meaning("red").ids) == []
    assert list(seeing.likeness.learn_sights())[-1].total == 5
    seeing.likeness.use_sight(None)
    assert list(seeing.likeness.learn_sights()) == []


def test_a_network_that_fails_says_why(seeing: Catalogue):
    program = (
        "from engine.library.index.embedding_loop import serve; serve(lambda told: 1 / 0, lambda told: 1 / 0)"
    )
    seeing.likeness.use_sight(SightModel("bad", 9, (sys.executable, "-c", program), 3))
    with pytest.raises(UnsupportedModel, match="division by zero"):
        list(seeing.likeness.learn_sights())


def test_an_embedder_that_nobody_asks_ends_by_itself():
    program = (
        "import numpy as np; from engine.library.index.embedding_loop import serve; "
        "serve(lambda told: np.ones((len(told), 2), np.float32), idle_s=0.4)"
    )
    embedder = EmbedderProcess((sys.executable, "-c", program))
    assert embedder.texts(["a", "b"]).shape == (2, 2)
    process = embedder._process
    assert process is not None and process.wait(20) == 0
    assert embedder.texts(["a"]).shape == (1, 2), "and is started again when it is"
    embedder.close()


def test_closing_lets_go_who_waits_for_an_answer():
    embedder = EmbedderProcess((sys.executable, "-c", "import time; time.sleep(600)"))
    causes: list[str] = []

    def ask() -> None:
        try:
            embedder.texts(["a"])
        except UnsupportedModel as error:
            causes.append(error.message)

    asking = threading.Thread(target=ask)
    asking.start()
    while embedder._process is None:
        time.sleep(0.01)
    embedder.close()
    asking.join(60)
    assert not asking.is_alive() and "before it answered" in causes[0]
