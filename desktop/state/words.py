"""What the engine says, in the artist's words and language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.state.language_code import language
from desktop.state.problems import say_error
from engine.api.errors import EngineError
from engine.api.events import Loading, Notice

translate = QCoreApplication.translate


def say(told: EngineError | Loading | Notice | BaseException) -> str:
    """One or two short sentences, plain text, in the present language."""
    match told:
        case Loading():
            return say_stage(told)
        case Notice():
            return say_notice(told)
        case EngineError():
            return say_error(told)
    return translate("Words", "Something went wrong: {what}").format(what=f"{type(told).__name__}: {told}")


def say_stage(loading: Loading) -> str:
    """What is prepared, with its share where it is known."""
    text = _stage(loading.stage)
    return text if loading.share is None else f"{text} {loading.share:.0%}"


def _stage(stage: str) -> str:
    match stage:
        case "model":
            return translate("Words", "Loading the model")
        case "text_encoder":
            return translate("Words", "Loading the text encoder")
        case "maps":
            return translate("Words", "Loading what reads the maps")
        case "drawing_maps":
            return translate("Words", "Drawing the maps")
        case "references":
            return translate("Words", "Looking at the reference pictures")
        case "prompt":
            return translate("Words", "Reading the prompt")
        case "image":
            return translate("Words", "Reading the start picture")
        case "preview":
            return translate("Words", "Preparing the preview")
        case "upscale":
            return translate("Words", "Enlarging")
        case "decode":
            return translate("Words", "Developing the picture")
        case "unsaved":
            return translate("Words", "Not saved yet")
        case "replay":
            return translate("Words", "Going back to the step")
        case "lessons":
            return translate("Words", "Reading the pictures")
        case "first_stage":
            return translate("Words", "Imagining what the picture is to show")
        case "last_stage":
            return translate("Words", "Drawing out what it has imagined")
        case "measuring":
            return translate("Words", "Measuring the speeds")
        case "prior":
            return translate("Words", "Drawing what is to stay as it is")
    return translate("Words", "Preparing")


def say_notice(notice: Notice) -> str:
    match notice.code:
        case "tiled_decode":
            return translate("Words", "Memory is short: the picture is developed in tiles.")
        case "float32_decode":
            return translate("Words", "The numbers overflowed: the picture is developed in full precision.")
        case "offload":
            return translate("Words", "Memory is short: parts of the model wait outside the graphics card.")
        case "eight_bits":
            return translate("Words", "Memory is short: the weights are kept in 8 bits a number.")
        case "group_offload":
            return translate(
                "Words", "Memory is short: the network comes to the graphics card layer by layer."
            )
        case "attention_refused":
            return translate(
                "Words", "The installed attention package refused this model: torch's own is used."
            )
        case "memory_freed":
            return translate("Words", "Memory is short: what is not needed now was let go.")
        case "smaller_batch":
            return translate("Words", "Memory is short: the prompts are computed one after the other.")
        case "smaller_tiles":
            return translate("Words", "Memory is short: the picture is worked on in smaller tiles.")
        case "prompt_cut":
            return translate(
                "Words", "The prompt is longer than the model reads. The dimmed end has no effect."
            )
        case "negative_prompt_cut":
            return translate("Words", "The negative prompt is longer than the model reads.")
        case "read_as":
            text = translate("Words", "Words that the model never learnt are drawn as others: {words}")
            elsewhere = notice.extra.get("elsewhere")
            words = elsewhere.get(language()) if isinstance(elsewhere, dict) else None
            return text.format(words=words or notice.extra.get("words", ""))
        case "approximate_branch":
            return translate("Words", "With other settings a branch is not exact, only similar.")
    by_room = say_note_of_learning(notice) or say_note_of_the_queue(notice) or say_note_of_the_gallery(notice)
    return by_room or notice.detail or notice.code


def say_note_of_learning(notice: Notice) -> str:
    """What is planned, and what is left out; empty for another notice."""
    told = notice.extra
    match notice.code:
        case "memory_plan":
            needed = round(float(str(told.get("needed_bytes", 0))) / 1e6)
            free = round(float(str(told.get("free_bytes", 0))) / 1e9)
            text = translate(
                "Words", "Memory: about {needed} MB of {free} GB that are free; {batch} pictures a step."
            )
            return text.format(needed=needed, free=free, batch=told.get("batch", 1))
        case "skipped":
            return translate("Words", "{name} cannot be used and is left out.").format(
                name=told.get("name", "")
            )
        case "caption_cut":
            return translate(
                "Words", "{name} has more words than the model reads; the end is not learnt."
            ).format(name=told.get("name", ""))
        case "resumed":
            return translate("Words", "Going on after step {step}.").format(step=told.get("step", 0))
    return ""


def say_note_of_the_queue(notice: Notice) -> str:
    """What became of the file that keeps the queue; empty for another notice."""
    match notice.code:
        case "journal_damaged":
            text = translate(
                "Words", "The queue's file was damaged. It is kept as {name}; a new one was begun."
            )
        case "journal_newer":
            text = translate(
                "Words", "A newer Lienzo wrote this queue. It is shown but not changed; update Lienzo."
            )
        case "journal_read_only":
            text = translate("Words", "The queue's file cannot be written. The queue is shown but not kept.")
        case "journal_updated":
            text = translate("Words", "The queue's file was brought up to date; {name} is how it was.")
        case "job_unreadable":
            text = translate("Words", "A job of the queue cannot be read. It was left in {name}.")
        case _:
            return ""
    return text.format(name=notice.extra.get("name", ""))


def say_note_of_the_gallery(notice: Notice) -> str:
    """What became of the file in which the gallery looks pictures up; empty for another notice."""
    match notice.code:
        case "index_damaged":
            return translate(
                "Words",
                "The gallery's index was damaged. It is made again from the pictures; nothing is lost.",
            )
        case "index_newer":
            return translate(
                "Words",
                "A newer Lienzo wrote the gallery's index. It is shown but not changed; update Lienzo.",
            )
        case "index_read_only":
            return translate(
                "Words",
                "The gallery's index cannot be written. What it knows is shown, and nothing new is added.",
            )
    return ""
