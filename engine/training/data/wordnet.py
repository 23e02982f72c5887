"""WordNet's nouns: other words and kinds of a thing, for the text encoder only.

A word is taken for a concept only if it is common, and if what it means first is that thing: `boxer` is a
person before it is a dog, so it is not taught as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.training.data.concepts import word_set
from engine.training.data.labels import Label

FOLDER = "usr/share/wordnet"
COMMON_WORDS = "usr/share/dict/american-english"
LEXICAL_FILES = {
    "animal": (5,), "plant": (20,), "food": (13, 20), "vehicle": (6,), "building": (6,), "thing": (6, 17),
    "clothing": (6,), "nature": (17,), "sky": (17, 19),
}  # fmt: skip
"""Where WordNet keeps what a group's things mean; a concept's sense is its first one there.

People have none: whose kinds they are is not seen ("linguist"), and the tables say what is.
"""
DEEPEST_OF_ALL = 20
"""WordNet's nouns have no more levels."""
DEEPEST, MOST, MOST_PAIRS = 4, 12, 3
"""Levels of kinds below a concept; words of one concept, and of these in two parts ("polar bear")."""
NO_KINDS = word_set(
    "package ring gear key closed-book battery globe-showing-europe-africa herb knot ticket bomb link"
)
"""Whose kinds are too many or something else; their synonyms are kept."""
NOT_TAUGHT = word_set(
    """bitch cur ass jackass cock pussy tit chick broad bum tramp cracker spade buck stag party bastard
    killer gun revolver mescal peyote hackle eggbeater missile sinker seeds privy latrine john
    hangar coffin brothel gallows sweatshop circular poll biddy hooter conk samba caracal drone
    fireball aerosol smoke flake chronometer coping cope foundry silo transporter passenger small
    large common true artificial false nude death mental foundling army carnivorous malarial malaria
    bloodsucker parasitic tapeworm entire lower irons wedgie yarmulke electric madhouse sanitarium
    flophouse website rogue springing setting brood ordinary
    nuthouse loony squaw slave coonskin coon gypsy gypsyweed chinkapin"""
)
PLAIN = re.compile(r"[a-z]+( [a-z]+)?")


@dataclass(frozen=True)
class Synset:
    words: tuple[str, ...]
    lexical_file: int
    kinds: tuple[int, ...]
    """Offsets of its hyponyms."""


class Nouns:
    """WordNet's noun files in memory."""

    def __init__(self, folder: Path) -> None:
        self.synsets: dict[int, Synset] = {}
        self.senses: dict[str, tuple[int, ...]] = {}
        """By word, the most used first."""
        for line in (folder / "data.noun").read_text("ascii").splitlines():
            if not line.startswith(" "):
                offset, synset = _synset(line)
                self.synsets[offset] = synset
        for line in (folder / "index.noun").read_text("ascii").splitlines():
            if not line.startswith(" "):
                fields = line.split()
                self.senses[fields[0].replace("_", " ")] = tuple(map(int, fields[-int(fields[2]) :]))

    def meaning(self, name: str, group: str) -> int | None:
        """The synset of a name, as a thing of that group."""
        files = LEXICAL_FILES.get(group, ())
        offsets = self.senses.get(name, ())[:4]
        return next((offset for offset in offsets if self.synsets[offset].lexical_file in files), None)

    def below(self, offset: int, stop: frozenset[int], deepest: int = DEEPEST) -> Iterator[tuple[int, int]]:
        """(depth, offset) of a synset and its kinds, level by level; not into what is a concept itself."""
        level, seen = [offset], {offset}
        for depth in range(deepest + 1):
            yield from ((depth, one) for one in level)
            kinds = (kind for one in level for kind in self.synsets[one].kinds)
            level = [kind for kind in dict.fromkeys(kinds) if kind not in stop and kind not in seen]
            seen.update(level)


def english_synonyms(labels: Sequence[Label], wordnet: Path, words: Path) -> dict[str, tuple[str, ...]]:
    """By concept id: words of WordNet for it, each of one concept only."""
    nouns = Nouns(wordnet / FOLDER)
    common = frozenset((words / COMMON_WORDS).read_text("utf-8").split())
    meanings = {label.id: meaning for label in labels if (meaning := meaning_of(label, nouns)) is not None}
    named = {name for label in labels for name in (*label.names["en"], *label.synonyms["en"])}
    taken: dict[str, list[str]] = {}
    for label in labels:
        if label.id in meanings:
            stop = frozenset(offset for other, offset in meanings.items() if other != label.id)
            taken[label.id] = list(words_for(label, meanings[label.id], nouns, common, stop))
    counts: dict[str, int] = {}
    for word in (word for found in taken.values() for word in found):
        counts[word] = counts.get(word, 0) + 1
    return {
        concept: tuple(word for word in found if counts[word] == 1 and word not in named)[:MOST]
        for concept, found in taken.items()
    }


def meaning_of(label: Label, nouns: Nouns) -> int | None:
    return next(
        (meaning for name in label.names["en"] if (meaning := nouns.meaning(name, label.group)) is not None),
        None,
    )


def words_for(
    label: Label, meaning: int, nouns: Nouns, common: frozenset[str], stop: frozenset[int]
) -> Iterator[str]:
    """Synonyms, then kinds, the nearest first; each once."""
    tree = list(nouns.below(meaning, stop))
    own = {offset for _, offset in tree}
    heads = {name.split()[-1] for name in label.names["en"]}
    given: set[str] = set()
    pairs = 0
    for depth, offset in tree:
        if depth and label.id in NO_KINDS:
            break
        for word in nouns.synsets[offset].words:
            senses = nouns.senses.get(word, (0,))
            if (
                word in given
                or not is_taught(word, common)
                or senses[0] not in own
                or (depth and len(senses) > 1)
            ):
                continue
            if " " in word:
                pairs += 1
                if depth > 1 or pairs > MOST_PAIRS or word.split()[-1] not in heads:
                    continue
            given.add(word)
            yield word


def is_taught(word: str, common: frozenset[str]) -> bool:
    """Plain, common and kind."""
    parts = word.split()
    plain = PLAIN.fullmatch(word) is not None and len(word) > 2
    return plain and common.issuperset(parts) and NOT_TAUGHT.isdisjoint(parts)


def _synset(line: str) -> tuple[int, Synset]:
    """One line of `data.noun`: offset, lexical file, type, words with their ids, pointers, gloss."""
    fields = line.split("|")[0].split()
    count = int(fields[3], 16)
    words = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
    pointers = fields[5 + 2 * count :]
    kinds = [
        int(pointers[at + 1])
        for at in range(0, len(pointers) - 3, 4)
        if pointers[at] == "~" and pointers[at + 2] == "n"
    ]
    return int(fields[0]), Synset(words, int(fields[1]), tuple(kinds))
