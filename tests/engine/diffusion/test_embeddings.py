"""Prompts to embeddings with a tiny real encoder: weights, and the cache in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
import torch
from compel import Compel
from compel.prompt_parser import PromptParser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import tiny_text_encoder, tiny_tokenizer

from engine.api.prompt import parse
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


@pytest.mark.parametrize("weight", [2, 0.5])
def test_a_weight_moves_only_its_own_tokens_away_from_the_empty_prompt(tokenizer, encoder, weight):
    weighed = f"a (dog:{weight}) cat"
    plain, weighted, nothing = (embed(tokenizer, encoder, text) for text in ("a dog cat", weighed, ""))
    tokens = tokenize(tokenizer, weighed)
    heavy = torch.tensor([own == weight for own in tokens.weights])
    assert 1 <= heavy.sum() < len(tokens.weights)
    assert torch.equal(weighted[:, ~heavy], plain[:, ~heavy])
    expected = nothing + weight * (plain - nothing)
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


@dataclass(frozen=True)
class Weighed:
    """Words in brackets, and what they weigh: None for the brackets' own weight."""

    inside: tuple[Nested, ...]
    weight: float | None = None
    is_square: bool = False

    @property
    def ours(self) -> str:
        before, after = "[]" if self.is_square else "()"
        number = "" if self.weight is None else f":{self.weight}"
        return f"{before}{' '.join(ours(one) for one in self.inside)}{number}{after}"

    @property
    def theirs(self) -> str:
        own = 1 / 1.1 if self.is_square else 1.1
        weight = own if self.weight is None else self.weight
        return f"({' '.join(theirs(one) for one in self.inside)}){weight}"


Nested = str | Weighed


def ours(nested: Nested) -> str:
    return nested if isinstance(nested, str) else nested.ours


def theirs(nested: Nested) -> str:
    return nested if isinstance(nested, str) else nested.theirs


def prompts_weighing(lightest: float, heaviest: float) -> st.SearchStrategy[tuple[Nested, ...]]:
    """Brackets in brackets; `[words]`, which weigh less than 1, only where that is allowed."""
    numbers = st.floats(lightest, heaviest).map(lambda number: round(number, 2))

    def around(inside: st.SearchStrategy[Nested]) -> st.SearchStrategy[Nested]:
        some = st.lists(inside, min_size=1, max_size=3).map(tuple)
        round_ones = st.builds(Weighed, some, st.none() | numbers)
        return round_ones | st.builds(Weighed, some, is_square=st.just(True)) if lightest < 1 else round_ones

    words: st.SearchStrategy[Nested] = st.sampled_from(["a dog", "cat", "red", "a house"])
    return st.lists(st.recursive(words, around, max_leaves=5), min_size=1, max_size=4).map(tuple)


def words_of(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return [(word, pytest.approx(weight)) for text, weight in pairs for word in text.split()]


@settings(max_examples=20, deadline=None)
@given(prompts_weighing(0.1, 1.5))
def test_every_word_weighs_what_compel_says(nested: tuple[Nested, ...]):
    """Of any brackets in brackets each word's weight is that of compel's reader, whose signs differ.

    compel writes `(word)1.3` for `(word:1.3)`; `(word)` is 1.1 and `[word]` 1/1.1 in A1111. That
    there are such brackets at all is held by A1111's published examples (`test_prompt_steps`). No package of
    light weight has A1111's reader; by hand 120,000 random prompts gave what its copy in dgenerate's sd_embed
    says, and 5,000 with turns at each of ten steps, but for brackets without partners, which A1111 weighs
    and Lienzo, as ComfyUI, reads.
    """
    known = PromptParser().parse_conjunction(" ".join(map(theirs, nested))).prompts[0].children
    read = parse(" ".join(map(ours, nested)))
    assert [(word, weight) for text, weight, _, _ in read for word in text.split()] == words_of(
        (fragment.text, fragment.weight) for fragment in known
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompts_weighing(1, 1.5))
def test_what_weighs_more_is_as_compel_has_it(tokenizer, encoder, nested: tuple[Nested, ...]):
    """From 1 on the embedding is compel's: `e + w * (z - e)`, e the empty prompt's at the same place.

    Below 1 compel blends with the prompt that lacks the word, and ours goes on in the same line, as ComfyUI's
    does: a weight is one formula for all numbers, and 0 is the empty prompt. A1111 multiplies `w * z` and
    puts the mean of the whole back, which moves all other words too; that is not followed.
    """
    reference = Compel(tokenizer=tokenizer, text_encoder=encoder, truncate_long_prompts=False)
    with torch.inference_mode():
        told = embed(tokenizer, encoder, " ".join(map(ours, nested)))
        assert torch.allclose(told, reference(" ".join(map(theirs, nested)))[:, : told.shape[1]], atol=1e-5)


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
