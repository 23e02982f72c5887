"""What the prompt's count tells: the styles' words with the artist's, at the artist's letters."""

from __future__ import annotations

from pathlib import Path

from tiny import tiny_sd

from desktop.state.reading import count
from engine.api.wording import Style, put_around
from engine.models.catalog import Catalog
from engine.models.words.tokens import count_tokens


def test_words_of_styles_are_counted_and_the_places_are_those_of_what_was_typed(tmp_path: Path):
    info = Catalog((tiny_sd(tmp_path / "folder").parent,)).find("folder")
    around = (Style("Fog", "fog fog {prompt}, at night"), Style("Old", "old"))
    for text in ("a dog", "", "dog " * 80, "dog " * 4_000):
        whole, moved = put_around(around, text)
        counted, expected = count(info, text, (), around), count_tokens(info, whole)
        assert counted is not None and counted.tokens == expected.tokens and moved == len("fog fog ")
        assert [whole[at + moved :] for at in counted.chunk_starts] == [
            whole[at:] for at in expected.chunk_starts if moved < at < moved + len(text)
        ]
    assert counted is not None and counted.cut_at is not None and expected.cut_at is not None
    assert counted.cut_at + moved == expected.cut_at
    full = "dog " * (1_500 - count_tokens(info, "fog fog").tokens)
    counted = count(info, full, (), around)
    assert counted is not None and counted.cut_at == len(full), "only the style's own words are cut"
