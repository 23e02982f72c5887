"""What cannot be read in a prompt, or is not followed, in the artist's words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

translate = QCoreApplication.translate
look_up = QCoreApplication.translate
"""For texts that are marked elsewhere in this file."""

LONGEST_NAME = 80
"""Characters of a name that are said."""
IN_PROMPTS: Mapping[str, object] = {
    "no_list": QT_TRANSLATE_NOOP(
        "Words", "there is no list “{name}”. Put it into the folder of wildcards, or change the name."
    ),
    "empty_list": QT_TRANSLATE_NOOP("Words", "the list “{name}” is empty."),
    "bad_line": QT_TRANSLATE_NOOP("Words", "a line of the list “{name}” cannot be read. Mend its file."),
    "open_brace": QT_TRANSLATE_NOOP("Words", "a “}” is missing for this “{”. \\{ is the character itself."),
    "lone_brace": QT_TRANSLATE_NOOP("Words", "a “{” is missing for this “}”. \\} is the character itself."),
    "count": QT_TRANSLATE_NOOP("Words", "how many are drawn is written as 2$$ or 1-3$$."),
    "variable": QT_TRANSLATE_NOOP(
        "Words", "nothing sets the variable “{name}”. Set it before with an equals sign, as in ${mood=glad}."
    ),
    "too_deep": QT_TRANSLATE_NOOP(
        "Words", "choices and lists lie too deep in one another, or a list leads back to itself."
    ),
    "too_long": QT_TRANSLATE_NOOP("Words", "what would be drawn is too long."),
    "lora_mark": QT_TRANSLATE_NOOP(
        "Words", "a LoRA is named as <lora:name:0.8>, or by blocks <lora:name:0.8:up_blocks.1=0.5>."
    ),
    "no_lora": QT_TRANSLATE_NOOP(
        "Words", "there is no LoRA “{name}” in the model folders. Choose another one, or take it out."
    ),
    "other_lora": QT_TRANSLATE_NOOP(
        "Words", "the LoRA “{name}” was learnt with another model. Choose that model, or take it out."
    ),
    "no_and": QT_TRANSLATE_NOOP(
        "Words", "this model cannot follow several sentences at once. \\AND is the word itself."
    ),
}
"""By `data["problem"]` of an error that knows its place."""
SAYS_ALL = frozenset({"no_list"})
"""Said in the window's words in every language: the engine's know no next step."""
IGNORED: Mapping[str, object] = {
    "weight": QT_TRANSLATE_NOOP("Words", "This model knows no weights: the words count, brackets do not."),
    "turn": QT_TRANSLATE_NOOP("Words", "This model reads no words that change by steps."),
    "lora": QT_TRANSLATE_NOOP("Words", "A LoRA is named in the prompt, not here."),
    "break": QT_TRANSLATE_NOOP("Words", "This model reads the prompt in one piece: BREAK does nothing."),
    "and": QT_TRANSLATE_NOOP("Words", "Here AND joins nothing; it is read as a word."),
}
"""By what a mark is."""
MEANINGS: Mapping[str, object] = {
    "turn": QT_TRANSLATE_NOOP(
        "Words",
        "[a|b] takes turns at each step. [a:b:0.5] changes after half of the steps, [a:b:8] after eight.",
    ),
    "break": QT_TRANSLATE_NOOP("Words", "What follows is read as a piece of its own."),
    "and": QT_TRANSLATE_NOOP(
        "Words", "Both sentences are followed at once; a weight stands behind each, as in: a cat :0.8"
    ),
    "drawn": QT_TRANSLATE_NOOP("Words", "Each picture draws one of these by its seed."),
    "lone": QT_TRANSLATE_NOOP("Words", "This bracket has no partner and is read as a character."),
}


def say_place(problem: str, start: int, typed: str = "", reason: str = "") -> str:
    """What is wrong at character `start` of a prompt, where `typed` stands; "" for a problem without a place.

    `reason` is the engine's own sentence, where that is in the artist's language.
    """
    if problem not in IN_PROMPTS:
        return ""
    is_lora = typed[:6].casefold() == "<lora:"
    name = typed.split(":")[1] if is_lora else typed.strip("_${} ").lstrip("~@!")
    what = reason or look_up("Words", str(IN_PROMPTS[problem])).replace("{name}", name[:LONGEST_NAME])
    text = translate("Words", "at character {place}: {what}")
    return text.format(place=start + 1, what=what)


def say_mark(what: str, why: str) -> str:
    """What a mark does, or why it does nothing; "" where it explains itself."""
    told = IGNORED if what == "ignored" else IN_PROMPTS if what == "fault" else MEANINGS
    text = told.get(why)
    return look_up("Words", str(text)) if text is not None else ""
