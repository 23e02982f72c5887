"""More like this, near-duplicates and a dropped picture, without any network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from libraries import look, open_in
from picture_files import a1111, put
from PIL import Image, ImageDraw, ImageFilter

from engine.api.errors import UnsupportedModel
from engine.library.index.catalogue import Catalogue
from engine.library.index.look import LENGTH, look_of
from engine.library.index.sentences import SentenceEncoder
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


@pytest.fixture
def sentence_model(own_home: Path) -> Path:
    """A BERT of the real class with random weights, where the artist would put one."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = own_home / "models" / "meaning"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "misty", "harbour", "warm", "light", "robot", "kitchen", "a"]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=80,
    )  # fmt: skip
    BertModel(config).eval().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_sentences_are_encoded_as_transformers_does(sentence_model: Path):
    import torch
    from transformers import BertModel

    encoder = SentenceEncoder(sentence_model)
    texts = ["misty harbour warm light", "robot", ""]
    ours = encoder.encode(texts)
    model = BertModel.from_pretrained(sentence_model).eval()
    for text, vector in zip(texts, ours, strict=True):
        ids = torch.tensor([encoder._tokenizer.encode(text).ids])
        with torch.no_grad():
            mean = model(ids).last_hidden_state[0].mean(0).numpy()
        assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)


def test_prompts_are_found_by_their_meaning(catalogue: Catalogue, folder: Path, sentence_model: Path):
    put(folder, one=a1111("misty harbour", 1), twin=a1111("misty harbour", 2), two=a1111("a robot kitchen"))
    look(catalogue)
    assert [(step.done, step.total) for step in catalogue.likeness.learn_meanings()] == [(3, 3)]
    found = catalogue.likeness.by_meaning("misty harbour")
    assert set(stems(catalogue, found.ids[:2])) == {"one", "twin"}
    assert found.scores is not None and found.scores[0] > 0.99
    assert stems(catalogue, catalogue.likeness.by_meaning("misty harbour", "seed:2").ids) == ["twin"]
    put(folder, one=a1111("robot", 1))
    look(catalogue)
    assert [step.total for step in catalogue.likeness.learn_meanings()] == [1]


def test_without_a_sentence_model_one_is_told_where_to_get_it(
    catalogue: Catalogue, own_home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("engine.library.index.sentences.PACKAGE", "no_such_package")
    with pytest.raises(UnsupportedModel, match=r"lienzo\[meaning\]"):
        catalogue.likeness.by_meaning("misty harbour")
    broken = own_home / "models" / "meaning"
    broken.mkdir(parents=True)
    (broken / "model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(UnsupportedModel, match="no sentence model that can be read"):
        list(catalogue.likeness.learn_meanings())
