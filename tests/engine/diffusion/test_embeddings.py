"""Prompts to embeddings with a tiny real encoder: weights, and the cache in memory and on disk."""

from __future__ import annotations

import pytest
import torch
from compel import Compel
from tiny import tiny_text_encoder, tiny_tokenizer

from engine.diffusion.embeddings import EmbeddingCache, encode, tokenize


@pytest.fixture(scope="module")
def tokenizer():
    return tiny_tokenizer()


@pytest.fixture(scope="module")
def encoder(tokenizer):
    torch.manual_seed(0)
    return tiny_text_encoder(1, len(tokenizer)).eval()


def embed(tokenizer, encoder, prompt: str) -> torch.Tensor:
    return encode(encoder, tokenize(tokenizer, prompt), tokenize(tokenizer, ""))


def stock(tokenizer, encoder, prompt: str) -> torch.Tensor:
    length = tokenizer.model_max_length
    rows = tokenizer(prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        return encoder(rows.input_ids, attention_mask=None)[0]


@pytest.mark.parametrize("prompt", ["", "a dog", "(a dog:1.0) and a cat", "¡un gato! 🐈 שלום", "dog " * 500])
def test_weight_one_everywhere_is_the_stock_embedding(tokenizer, encoder, prompt):
    plain = prompt.replace("(a dog:1.0)", "a dog")
    assert torch.equal(embed(tokenizer, encoder, prompt), stock(tokenizer, encoder, plain))


def test_a_weight_moves_only_its_own_tokens_away_from_the_empty_prompt(tokenizer, encoder):
    plain, weighted, nothing = (
        embed(tokenizer, encoder, text) for text in ("a dog cat", "a (dog:2) cat", "")
    )
    tokens = tokenize(tokenizer, "a (dog:2) cat")
    heavy = torch.tensor([weight == 2 for weight in tokens.weights])
    assert 1 <= heavy.sum() < len(tokens.weights)
    assert torch.equal(weighted[:, ~heavy], plain[:, ~heavy])
    expected = nothing + 2 * (plain - nothing)
    assert torch.allclose(weighted[:, heavy], expected[:, heavy], atol=1e-6)


def test_a_weight_of_zero_is_as_if_the_word_said_nothing(tokenizer, encoder):
    weighted, nothing = embed(tokenizer, encoder, "(dog:0)"), embed(tokenizer, encoder, "")
    weights = torch.tensor(tokenize(tokenizer, "(dog:0)").weights)
    assert torch.equal(weighted[:, weights == 0], nothing[:, weights == 0])


def test_what_is_not_read_is_counted(tokenizer):
    length = tokenizer.model_max_length
    tokens = tokenize(tokenizer, "dog " * (length + 10))
    assert tokens.cut == 12 and len(tokens.ids) == len(tokens.weights) == length
    assert tokenize(tokenizer, "dog").cut == 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a dog", "a dog"),
        ("a (dog:1.3) cat", "a (dog)1.3 cat"),
        ("(a dog:1.5) and (cat:1.2)", "(a dog)1.5 and (cat)1.2"),
        ("((dog)) cat", "(dog)1.21 cat"),
    ],
)
def test_what_weighs_more_is_as_compel_has_it(tokenizer, encoder, ours, theirs):
    """Below 1 compel blends with the prompt without the word; ours goes on in a line, as ComfyUI's does."""
    reference = Compel(tokenizer=tokenizer, text_encoder=encoder, truncate_long_prompts=False)
    with torch.inference_mode():
        assert torch.allclose(embed(tokenizer, encoder, ours), reference(theirs), atol=1e-6)


def test_chunks_are_read_one_by_one_and_stand_one_behind_the_other(tokenizer, encoder):
    length = tokenizer.model_max_length
    tokens = tokenize(tokenizer, "dog BREAK (cat:1.4) dog", most_chunks=9)
    assert len(tokens.ids) == 2 * length and tokens.cut == 0
    both = encode(encoder, tokens, tokenize(tokenizer, ""))
    assert torch.allclose(both[:, :length], embed(tokenizer, encoder, "dog"), atol=1e-6)
    assert torch.allclose(both[:, length:], embed(tokenizer, encoder, "(cat:1.4) dog"), atol=1e-6)
    assert tokenize(tokenizer, "dog " * (3 * length), most_chunks=2).cut == 3 * length - 2 * (length - 2)


def never() -> torch.Tensor:
    raise AssertionError("the encoder was asked again")


def named(tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"text": tensor}


def test_a_kept_embedding_comes_back_to_the_bit_and_other_keys_do_not_meet(tokenizer, encoder, tmp_path):
    tokens = tokenize(tokenizer, "a (dog:1.3)")
    made = EmbeddingCache(tmp_path).get(
        tokens, "weights A", lambda: named(embed(tokenizer, encoder, "a (dog:1.3)"))
    )
    another_process = EmbeddingCache(tmp_path)
    assert torch.equal(another_process.get(tokens, "weights A", never)["text"], made["text"])
    assert torch.equal(another_process.get(tokens, "weights A", never)["text"], made["text"])
    assert not another_process.has(tokens, "weights B")
    assert not another_process.has(tokenize(tokenizer, "a (dog:1.4)"), "weights A")


def test_a_damaged_file_is_made_anew(tokenizer, tmp_path):
    tokens = tokenize(tokenizer, "a dog")
    EmbeddingCache(tmp_path).get(tokens, "key", lambda: named(torch.ones(1, 2, 3)))
    (file,) = (tmp_path / "embeddings").iterdir()
    file.write_bytes(b"no tensors")
    assert torch.equal(
        EmbeddingCache(tmp_path).get(tokens, "key", lambda: named(torch.zeros(1, 2, 3)))["text"],
        torch.zeros(1, 2, 3),
    )


def test_the_folder_stays_bounded(tokenizer, tmp_path):
    cache = EmbeddingCache(tmp_path, largest_folder=20_000)
    for number in range(12):
        cache.get(tokenize(tokenizer, f"dog {number}"), "key", lambda: named(torch.ones(1, 1000)))
    files = list((tmp_path / "embeddings").iterdir())
    assert 2 <= len(files) <= 5 and sum(file.stat().st_size for file in files) <= 20_000
