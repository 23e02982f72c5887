"""Counting tokens without torch gives what the network is given."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import full_tokenizer, tiny_sd, tiny_sd_single_file, tiny_tokenizer
from tiny_families import (
    FAMILIES,
    byte_tokenizer,
    field,
    gemma_tokenizer,
    mistral_tokenizer,
    t5_tokenizer,
    tiny_folder,
)
from tiny_other import other_folder
from transformers import T5Tokenizer

from engine.api.errors import UnsafeFile
from engine.api.model_info import ModelInfo
from engine.api.prompt import plain
from engine.api.text import clean_text
from engine.diffusion.chunks import MOST_CHUNKS
from engine.families.words import lowered
from engine.models.assembly.examine import read_checkpoint
from engine.models.assembly.tokenizer_folders import tokenizer_at
from engine.models.catalog import Catalog
from engine.models.words.tokens import count_tokens
from engine.networks.class_networks import load_tokenizer
from engine.tokenizers.chat import MISTRAL_USER
from engine.tokenizers.clip import openai_vocabulary

PROMPTS = [
    "",
    "a dog",
    "A DOG's cat, isn't it? 12345 !!! ... @#$%^&*",
    "🐶🏳️‍🌈👩‍👩‍👧‍👦 éèü e\u0301 ﬁ Straße İstanbul",
    "כלב יפה \u202eright to left\u202c كلب",
    "犬の絵 강아지 हिन्दी ไทย",
    "a\0b \x07 \ud800 \t\n  new  line",
    "<|startoftext|>a<|endoftext|> b",
    "(a dog:1.3) [cat] \\(really\\)",
    "x" * 5_000,
    "word " * 5_000,
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ModelInfo, object]]:
    folder = tmp_path_factory.mktemp("models")
    tiny_sd(folder / "folder")
    tiny_sd_single_file(folder / "sd1.safetensors")
    tiny_sd_single_file(folder / "sd2.safetensors", version=2)
    catalog = Catalog([folder])
    return {
        "folder": (catalog.find("folder"), tiny_tokenizer()),
        "sd1": (catalog.find("sd1"), full_tokenizer(1)),
        "sd2": (catalog.find("sd2"), full_tokenizer(2)),
    }


def theirs(tokenizer, prompt: str) -> int:
    return len(tokenizer(plain(clean_text(prompt)), add_special_tokens=False, verbose=False).input_ids)


@pytest.mark.parametrize("kind", ["folder", "sd1", "sd2"])
def test_the_count_is_the_tokenizers_own(kind: str, models) -> None:
    info, tokenizer = models[kind]
    for prompt in PROMPTS:
        assert count_tokens(info, prompt).tokens == theirs(tokenizer, prompt), prompt[:50]


@given(st.text(max_size=200))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_counted_as_the_tokenizer_counts_it(models, prompt: str) -> None:
    info, tokenizer = models["sd1"]
    assert count_tokens(info, prompt).tokens == theirs(tokenizer, prompt)


@given(st.text(alphabet="ab (:1.3)[]\\\r\n\x07é🐶", min_size=80, max_size=400))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_chunk_fits_and_begins_where_it_was_typed(models, prompt: str) -> None:
    info, _ = models["sd1"]
    count = count_tokens(info, prompt)
    assert count.limit == 75 * len(count.chunks) and all(tokens <= 75 for tokens in count.chunks)
    assert count.cut_at is None and sum(count.chunks) == count.tokens
    assert len(count.chunk_starts) == len(count.chunks) - 1
    starts = [0, *count.chunk_starts, len(prompt)]
    assert starts == sorted(set(starts))


def test_the_cut_is_where_it_was_typed(models) -> None:
    info, _ = models["sd1"]
    words = "dog " * 75
    assert count_tokens(info, words + "cat").chunk_starts == (len(words),)
    assert count_tokens(info, words).chunk_starts == ()
    weighed = "(dog:1.2) " * 75
    assert count_tokens(info, weighed + "(cat:1.1)").chunk_starts == (len(weighed) + 1,)
    with_control = "dog\x07\r\n" * 75
    assert count_tokens(info, with_control + "cat").chunk_starts == (len(with_control),)
    all_chunks = "dog " * (75 * MOST_CHUNKS)
    assert count_tokens(info, all_chunks).cut_at is None
    assert count_tokens(info, all_chunks + "cat").cut_at == len(all_chunks)


def test_a_chunk_ends_at_a_comma_and_at_break(models) -> None:
    info, _ = models["sd1"]
    words = "dog " * 60 + "cat, " + "dog " * 30
    assert count_tokens(info, words).chunks == (62, 30)
    count = count_tokens(info, "a dog BREAK a cat")
    assert count.chunks == (2, 2) and count.chunk_starts == ("a dog BREAK a cat".index("a cat"),)
    assert count_tokens(info, "[a dog|a big red cat] here").chunks == (3,)


def test_a_hundred_thousand_characters_are_counted_while_one_types(models) -> None:
    info, _ = models["sd1"]
    count_tokens(info, "warm")
    for prompt in ("a very long prompt, ".ljust(20) * 5_000, "x" * 100_000, "🐶" * 100_000, "(((" * 33_333):
        seconds = []
        for blanks in range(
            3
        ):  # another text each time; what other tests left to be collected falls into one
            started = time.thread_time()
            count = count_tokens(info, prompt + " " * blanks)
            seconds.append(time.thread_time() - started)
        assert min(seconds) < 1, "the target is 0.1 s on an idle machine"
        assert count.tokens > 75 and count.cut_at is not None


def test_the_toy_counts_words_and_cuts_nothing() -> None:
    count = count_tokens(Catalog().find("toy"), "a dog in the snow")
    assert (count.tokens, count.limit, count.cut_at) == (5, None, None)


def test_a_replaced_model_is_counted_anew(tmp_path: Path) -> None:
    path = tiny_sd_single_file(tmp_path / "a.safetensors")
    info = Catalog().find(str(path))
    before = count_tokens(info, "!!!").tokens
    tiny_sd_single_file(path, version=2)
    assert count_tokens(info, "!!!").tokens == theirs(full_tokenizer(2), "!!!") != before


def test_the_vocabulary_that_ships_is_clips() -> None:
    vocabulary = openai_vocabulary()
    assert len(vocabulary.ids) == 49_408
    known = {
        "<|startoftext|>": 49_406,
        "<|endoftext|>": 49_407,
        "dog</w>": 1929,
        "a</w>": 320,
        "!": 0,
        "cat</w>": 2368,
    }
    assert {token: vocabulary.ids[token] for token in known} == known


OTHERS = {
    "flux-dev": t5_tokenizer,
    "pixart": t5_tokenizer,
    "qwen-image": byte_tokenizer,
    "z-image": byte_tokenizer,
    "lumina2": gemma_tokenizer,
    "flux2-dev": mistral_tokenizer,
    "kandinsky5": byte_tokenizer,
    "bria_fibo": mistral_tokenizer,
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("others")
    for name in OTHERS:
        (tiny_folder if name in FAMILIES else other_folder)(name, folder / name)
    return Catalog([folder])


@pytest.mark.parametrize("name", OTHERS)
def test_t5_qwen_and_gemma_count_as_transformers_does(name: str, others: Catalog) -> None:
    info, tokenizer = others.find(name), OTHERS[name]()
    for prompt in PROMPTS:
        text = lowered(prompt) if name == "pixart" else prompt
        counted = count_tokens(info, prompt)
        assert not counted.are_words and counted.tokens == theirs(tokenizer, text), prompt[:50]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_beyond_their_length_is_marked_where_it_was_typed(name: str, others: Catalog) -> None:
    info, tokenizer = others.find(name), OTHERS[name]()
    words = "(a red dog:1.2) " * 400
    count = count_tokens(info, words)
    assert count.cut_at is not None and count.limit is not None and count.chunks == ()
    at_cut = theirs(tokenizer, words[: count.cut_at])
    assert count.limit - 2 <= at_cut <= count.limit + 2
    assert count_tokens(info, "(a dog:1.2)").cut_at is None
    if name in (
        "z-image",
        "lumina2",
        "flux2-dev",
        "qwen-image",
        "kandinsky5",
    ):  # what the pipeline says before the prompt takes of its length
        assert count.limit < (info.capabilities.prompt_tokens or 0)
    else:
        assert count.limit == info.capabilities.prompt_tokens


def as_sentence_pieces(tokenizer: T5Tokenizer) -> bytes:
    """Its words as the library that learnt them keeps them."""
    words = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["vocab"]
    pieces = [field(1, piece.encode()) + field(2, float(score)) + field(3, 1) for piece, score in words]
    return b"".join(field(1, piece) for piece in pieces) + field(2, field(40, 2)) + field(3, field(1, b"nmt"))


def test_t5_with_its_sentence_pieces_alone_is_counted_and_read_alike(tmp_path: Path) -> None:
    folder = tiny_folder("pixart", tmp_path / "pixart")
    whole = read_checkpoint(folder)
    own = load_tokenizer(whole, "tokenizer")
    count = count_tokens(Catalog([tmp_path]).find("pixart"), "a red dog (on grass:1.2)")
    (folder / "tokenizer" / "tokenizer.json").unlink()
    (folder / "tokenizer" / "spiece.model").write_bytes(as_sentence_pieces(own))
    os.utime(folder)  # as a model that was replaced
    info = Catalog([tmp_path]).find("pixart")
    assert not count.are_words and count_tokens(info, "a red dog (on grass:1.2)") == count
    found = load_tokenizer(read_checkpoint(folder), "tokenizer")
    for prompt in map(clean_text, PROMPTS):
        ids = [one(prompt, truncation=True, max_length=60).input_ids for one in (found, own)]
        assert ids[0] == ids[1], prompt[:50]
    found = tokenizer_at(folder / "tokenizer")
    assert found is not None and found.kind == "t5"
    (folder / "tokenizer" / "spiece.model").write_bytes(b"\x0a\xff\xff\xff\xff\x0f")
    with pytest.raises(UnsafeFile, match=r"spiece\.model"):
        count_tokens(replace(info, path=folder, beside=(tmp_path,)), "a dog")


def test_stable_diffusion_3_without_t5_counts_what_its_clips_read(tmp_path: Path) -> None:
    folder = tiny_folder("sd3", tmp_path / "sd3")
    info = Catalog([tmp_path]).find("sd3")
    assert info.capabilities.prompt_tokens == 255
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(
        json.dumps({**index, "text_encoder_3": [None, None], "tokenizer_3": [None, None]})
    )
    for part in ("text_encoder_3", "tokenizer_3"):
        shutil.rmtree(folder / part)
    info = Catalog([tmp_path]).find("sd3")
    assert info.capabilities.prompt_tokens == 75
    count = count_tokens(info, "a red dog " * 60)
    assert count.limit == 75 and count.cut_at is not None and not count.are_words
    tokenizer = tiny_tokenizer()
    assert theirs(tokenizer, ("a red dog " * 60)[: count.cut_at]) == 75


def test_what_flux2_dev_says_before_a_prompt_is_its_pipelines(tmp_path: Path) -> None:
    from diffusers.pipelines.flux2.system_messages import SYSTEM_MESSAGE

    assert f"<s>[SYSTEM_PROMPT]{SYSTEM_MESSAGE}[/SYSTEM_PROMPT][INST]" == MISTRAL_USER


def test_a_damaged_tokenizer_is_named_and_one_of_another_kind_counts_words(tmp_path: Path) -> None:
    folder = tiny_folder("z-image", tmp_path / "z-image")
    info = Catalog([tmp_path]).find("z-image")
    (folder / "tokenizer" / "tokenizer.json").write_text("{")
    with pytest.raises(UnsafeFile, match="tokenizer"):
        count_tokens(info, "a dog")
    (folder / "tokenizer" / "tokenizer.json").unlink()
    assert count_tokens(info, "a red dog").are_words


def test_a_learnt_word_takes_as_many_tokens_as_it_has_vectors(models) -> None:
    info, _ = models["sd1"]
    plain_count = count_tokens(info, "a dog, cat").tokens
    assert count_tokens(info, "a zorbi, cat", {"zorbi": 9}).tokens == plain_count - 1 + 9
    assert count_tokens(info, "a Zorbi, zorbis", {"zorbi": 9}).tokens > 10  # only where it stands alone
    told = count_tokens(info, "dog " * 70 + "zorbi cat", {"zorbi": 9})
    assert told.chunks == (70, 10)  # it is not cut in two
