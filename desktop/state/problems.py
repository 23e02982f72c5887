"""What went wrong, wholly in the artist's language: told by the error's class, its field and its data.

English has the engine's own sentence, which knows the most. Another language names the file, the kind and
the cause; the engine's sentence is in the log then.
"""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.state.broken_files import say_broken
from desktop.state.causes import say_cause
from desktop.state.field_names import say_field
from desktop.state.language_code import language
from desktop.state.prompt_problems import SAYS_ALL, say_place
from desktop.state.request_problems import OF_REQUESTS
from engine.api.edit import EDIT_LIMITS
from engine.api.errors import BadRequest, EngineError, UnsafeFile
from engine.api.request import LIMITS, LONGEST_PROMPT
from engine.api.upscale import UPSCALE_LIMITS

log = logging.getLogger("app")
translate = QCoreApplication.translate
look_up = QCoreApplication.translate
"""For texts that are marked elsewhere in this file."""

KINDS = {
    "ModelNotFound": QT_TRANSLATE_NOOP(
        "Words", "That model is not there. Choose another one, or add its folder in the preferences."
    ),
    "UnsupportedModel": QT_TRANSLATE_NOOP(
        "Words", "This model is of a kind that Lienzo cannot run. Choose another one."
    ),
    "UnsafeFile": QT_TRANSLATE_NOOP(
        "Words", "This file is damaged or could run foreign code. It was not loaded."
    ),
    "OutOfMemory": QT_TRANSLATE_NOOP(
        "Words", "There is not enough memory for this picture. Make it smaller, or close other programs."
    ),
    "Overflow": QT_TRANSLATE_NOOP(
        "Words", "The numbers overflowed. Lower the guidance or choose another sampler, and try again."
    ),
    "EngineLost": QT_TRANSLATE_NOOP("Words", "The engine stopped. It starts again with the next job."),
    "UnreadableFile": QT_TRANSLATE_NOOP("Words", "This file cannot be read. It was left as it is."),
    "DownloadFailed": QT_TRANSLATE_NOOP(
        "Words", "The download failed. What has come so far is kept: start it again later."
    ),
    "CannotSave": QT_TRANSLATE_NOOP("Words", "Saving failed. What was there before is untouched."),
}
PROBLEMS = {
    "other_base": QT_TRANSLATE_NOOP(
        "Words", "This was learnt with another model. Choose that model, or take it off."
    ),
    "lora_blocks": QT_TRANSLATE_NOOP("Words", "blocks of a LoRA are written as up_blocks.1=0.5,mid_block=0."),
    "needs_its_map": QT_TRANSLATE_NOOP(
        "Words", "This is a control LoRA: it reads a map. Choose it in the Maps section."
    ),
    "no_beside": QT_TRANSLATE_NOOP("Words", "No network of that name is here. Choose another one."),
    "no_encoder": QT_TRANSLATE_NOOP(
        "Words",
        "The image encoder of this IP-Adapter is not in the model folders. Put it there, as safetensors.",
    ),
    "face_id": QT_TRANSLATE_NOOP(
        "Words", "FaceID adapters need a face recogniser, which Lienzo has not. Choose another IP-Adapter."
    ),
    "control_unread": QT_TRANSLATE_NOOP(
        "Words",
        "This is what reads maps for another program, in a way that Lienzo has not. Choose a plain "
        "ControlNet for the same map.",
    ),
    "adapter_unread": QT_TRANSLATE_NOOP(
        "Words",
        "This adapter is for another program, in a way that Lienzo has not. Choose another IP-Adapter.",
    ),
    "missing_parts": QT_TRANSLATE_NOOP(
        "Words",
        "Its VAE, a text encoder or a tokenizer is not among your models. Put it into a model folder.",
    ),
    "missing_tokenizer": QT_TRANSLATE_NOOP(
        "Words",
        "The tokenizer of that name, with which it reads, is in no model folder. Put its vocab.txt or "
        "tokenizer.json into one.",
    ),
    "no_control": QT_TRANSLATE_NOOP("Words", "No ControlNet of that name is here. Choose another one."),
    "no_upscaler": QT_TRANSLATE_NOOP(
        "Words", "No upscaling network of that name is here. Choose another one."
    ),
    "no_vae": QT_TRANSLATE_NOOP(
        "Words", "This VAE cannot be used, or is not here. Choose another one, or the model's own."
    ),
    "other_vae": QT_TRANSLATE_NOOP(
        "Words", "This VAE is of another kind than the model's own. Choose another one, or the model's own."
    ),
    "needs_spandrel": QT_TRANSLATE_NOOP(
        "Words",
        "This upscaling network needs the library spandrel, which is not installed. Choose another one.",
    ),
    "no_learnt": QT_TRANSLATE_NOOP("Words", "No LoRA or learnt word of that name is here."),
    "no_segmenter": QT_TRANSLATE_NOOP(
        "Words", "The network that selects things is not there. Choose another one, or colours and edges."
    ),
    "segmenter_memory": QT_TRANSLATE_NOOP(
        "Words", "There is not enough memory for this network. Close other programs, or choose a smaller one."
    ),
    "other_bytes": QT_TRANSLATE_NOOP(
        "Words",
        "What came is not the file that was promised. It was thrown away: try again, or get it elsewhere.",
    ),
    "not_given": QT_TRANSLATE_NOOP(
        "Words",
        "It is not given to everybody there. Log in or accept its licence in a browser, and put the file "
        "into a model folder.",
    ),
    "not_there": QT_TRANSLATE_NOOP("Words", "There is no such model at that address. Check it."),
    "name_is_taken": QT_TRANSLATE_NOOP(
        "Words",
        "Another file of that name is there already; it is left as it is. Choose another folder, or move it.",
    ),
    "unreachable": QT_TRANSLATE_NOOP(
        "Words", "The address cannot be reached. Check it and the network; what has come so far is kept."
    ),
    "no_address": QT_TRANSLATE_NOOP(
        "Words", "This is no address. Write owner/name, or one that begins with https://."
    ),
    "no_file": QT_TRANSLATE_NOOP("Words", "The repository has no file of that name. Check it."),
    "no_weights": QT_TRANSLATE_NOOP("Words", "Only .safetensors and .gguf files are fetched. Choose one."),
    "several_files": QT_TRANSLATE_NOOP(
        "Words", "The repository has several files. Write the https address of the one you want."
    ),
    "only_pickles": QT_TRANSLATE_NOOP(
        "Words",
        "Its weights are there only as pickles, which can run code. Choose one that has them as safetensors.",
    ),
    "no_recipe": QT_TRANSLATE_NOOP("Words", "This picture does not say how it was made."),
}
"""By `data["problem"]`, where that says more than the error's class."""
OF_DOWNLOADS = ("no_address", "no_file", "no_weights", "several_files")
"""Those of them that come of what was typed, not of a field of the panels."""
OTHER = QT_TRANSLATE_NOOP("Words", "The engine could not do that.")


def say_error(error: EngineError) -> str:
    """The engine's sentence, or in another language what is known of it in that language."""
    if isinstance(error, BadRequest):
        return say_bad_request(error)
    kind = str(PROBLEMS.get(str(error.data.get("problem")), KINDS.get(type(error).__name__, OTHER)))
    if language() == "en":
        return error.message or kind
    log.info("said in the window's words: %s", error.message)
    if isinstance(error, UnsafeFile) and (told := say_broken(error.message)):
        return told
    parts = [_name(error), _cause(error), look_up("Words", kind)]
    return "\n".join(part for part in parts if part)


def _name(error: EngineError) -> str:
    """The file that it is about, with what it holds where that is known, or the model that is missing."""
    name = Path(str(error.data.get("path") or "")).name or str(error.data.get("model") or "")
    title = str(error.data.get("title") or "")
    return f"{name}: {title}" if title else name


def _cause(error: EngineError) -> str:
    told = say_cause(str(error.data.get("cause") or ""))
    return f"{told[0].upper()}{told[1:]}." if told else ""


def say_bad_request(error: BadRequest) -> str:
    """Which field of the panels is wrong, and what would be right; of a download what is wrong with it."""
    if (problem := str(error.data.get("problem"))) in OF_DOWNLOADS:
        return error.message if language() == "en" else look_up("Words", str(PROBLEMS[problem]))
    return f"{say_field(error.field)}: {_expected(error)}"


def _expected(error: BadRequest) -> str:
    field, data = error.field, error.data
    knows_more = data.get("why") and language() == "en" and data.get("problem") not in SAYS_ALL
    reason = f"{data['why']}." if knows_more else ""
    start, end = int(data.get("start") or 0), int(data.get("end") or 0)
    typed = str(data.get("typed") or "")[start:end]
    if told := say_place(str(data.get("problem")), start, typed, reason):
        return told
    if "multiple" in data:
        text = translate("Words", "must be a multiple of {multiple}; {near} is near.")
        return text.format(multiple=data["multiple"], near=data["near"])
    if "at_most" in data:
        return translate("Words", "this model takes {most} at most.").format(most=data["at_most"])
    if "most" in data:
        text = translate("Words", "{most} are the most at once. Take some away, or switch some off.")
        return text.format(most=data["most"])
    if "at_most_px" in data:
        text = translate("Words", "this model draws {most} pixels at most, unless the picture is square.")
        return text.format(most=data["at_most_px"])
    if "at_least" in data:
        return translate("Words", "too little for a single step; at least {least} is needed.").format(
            least=data["at_least"]
        )
    if "block" in data:
        text = translate("Words", "this model has no block {block} for a LoRA. It has {known}.")
        return text.format(block=data["block"], known=data["known"])
    if (problem := str(data.get("problem"))) in OF_REQUESTS:
        return look_up("Words", str(OF_REQUESTS[problem]))
    if field in EDIT_LIMITS:
        low, high = EDIT_LIMITS[field]
        return translate("Words", "choose a value from {low} to {high}.").format(low=low, high=high)
    if field in LIMITS:
        low, high = LIMITS[field]
        text = translate("Words", "choose a value from {low} to {high}.")
        return text.format(low=f"{low:g}", high=str(high) if field == "seed" else f"{high:g}")
    if field in UPSCALE_LIMITS:
        low, high = UPSCALE_LIMITS[field]
        text = translate("Words", "choose a value from {low} to {high}, that makes no huge picture.")
        return text.format(low=f"{low:g}", high=f"{high:g}")
    return _expected_of(field) or _reason(error)


def _expected_of(field: str) -> str:
    match field:
        case "prompt" | "negative_prompt":
            return translate("Words", "longer than {most} characters; shorten it.").format(
                most=LONGEST_PROMPT
            )
        case "scheduler":
            return translate("Words", "this model does not know it. Choose another one.")
        case "device":
            return translate("Words", "it is not in this computer. Choose another one in the preferences.")
        case "model":
            return translate("Words", "none is chosen. Choose one.")
        case "image":
            return translate("Words", "this model cannot start from a picture.")
        case "places":
            return translate("Words", "there are fewer separate places than that.")
        case "frame":
            return translate("Words", "it must hold a pixel and not make the picture too large.")
        case "folder":
            return translate("Words", "it cannot be read, or holds no picture. Choose another one.")
        case "trigger":
            return translate("Words", "choose a word of letters, without brackets, commas and colons.")
        case "loras" | "embeddings":
            return translate("Words", "this model has nothing that they could change.")
        case "styles":
            return translate("Words", "one of them is not here. Take it away, or bring its file back.")
        case "regions":
            return translate("Words", "this model cannot follow them. Choose another, or switch them off.")
    return ""


def _reason(error: BadRequest) -> str:
    if language() == "en":
        return f"{error.reason}."
    log.info("said in the window's words: %s", error.message)
    if isinstance(error, UnsafeFile) and (told := say_broken(error.message)):
        return told
    known = PROBLEMS.get(str(error.data.get("problem")))
    return look_up("Words", str(known)) if known else translate("Words", "this cannot be used.")
