"""A folder of pictures with their captions: what an artist teaches from.

`zorbi-01.png` has its words in `zorbi-01.txt` (or `zorbi-01.caption`). What cannot be read is named and
left out. Captions may be prompts from elsewhere: what they weigh, `(blue:1.3)`, is learnt with the plain
words, since a picture shows a thing and not how much it was wanted; LoRAs that they name are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import BadRequest, EngineError
from engine.api.images import Pixels
from engine.api.prompt import plain
from engine.api.text import clean_text
from engine.api.training import LONGEST_CAPTION, Teaches, TrainRequest

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
CAPTIONS = (".txt", ".caption")
LARGEST_CAPTION_FILE = 64 << 10
MOST_PICTURES = 10_000
SMALLEST_SIDE_PX = 32


@dataclass(frozen=True)
class Lesson:
    """One picture and what is said of it."""

    path: Path
    caption: str
    """Empty where nothing is said."""

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Skipped:
    """A file that cannot be learnt from, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Folder:
    lessons: tuple[Lesson, ...]
    skipped: tuple[Skipped, ...]


def read_folder(path: Path, captions: Mapping[str, str] | None = None) -> Folder:
    """The pictures in `path`, by name, with their captions; `captions` (file name to words) come first.

    Looks at names and captions only; whether a picture opens shows `open_lessons`. Raises `BadRequest` where
    there is no such folder, or no picture in it.
    """
    try:
        names = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in PICTURES)
    except OSError as error:
        raise BadRequest("folder", f"{path} cannot be read ({error.strerror}); choose another") from None
    pictures = [entry for entry in names if not entry.name.startswith(".")]
    if not pictures:
        raise BadRequest("folder", f"{path.name} holds no PNG, JPEG or WebP picture", problem="no_pictures")
    if len(pictures) > MOST_PICTURES:
        raise BadRequest("folder", f"{path.name} holds more than {MOST_PICTURES:,} pictures")
    typed = captions or {}
    lessons, skipped = [], []
    for picture in pictures:
        try:
            words = typed[picture.name] if picture.name in typed else read_caption(picture)
            lessons.append(Lesson(picture, words))
        except BadCaptionError as error:
            skipped.append(Skipped(error.name, error.reason))
            lessons.append(Lesson(picture, ""))
    return Folder(tuple(lessons), tuple(skipped))


class BadCaptionError(Exception):
    """A caption that is no text; its picture is learnt from without words."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


def caption_file(picture: Path) -> Path:
    """Where the words of `picture` are, or would be."""
    for suffix in CAPTIONS:
        if (file := picture.with_suffix(suffix)).exists():
            return file
    return picture.with_suffix(CAPTIONS[0])


def read_caption(picture: Path) -> str:
    """The words beside `picture`; empty where there are none. Raises `BadCaptionError`."""
    file = caption_file(picture)
    if not file.exists():
        return ""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_CAPTION_FILE + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadCaptionError(file.name, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadCaptionError(file.name, "is not UTF-8 text") from None
    if len(data) > LARGEST_CAPTION_FILE or len(text) > LONGEST_CAPTION:
        raise BadCaptionError(file.name, f"is longer than {LONGEST_CAPTION:,} characters")
    return " ".join(clean_text(text).split())


def open_lessons(folder: Folder) -> Iterator[tuple[Lesson, Pixels | Skipped]]:
    """Each lesson with its pixels, or with why there are none."""
    # Pillow is loaded with the first picture
    from engine.library.gate import open_picture

    for lesson in folder.lessons:
        try:
            picture = open_picture(lesson.path)
        except EngineError as error:
            cause = str(error.data.get("cause") or error.message)
            yield lesson, Skipped(lesson.name, f"cannot be opened: {cause}")
            continue
        if min(picture.width, picture.height) < SMALLEST_SIDE_PX:
            size = f"{picture.width}x{picture.height}"
            yield lesson, Skipped(lesson.name, f"is too small ({size}); at least {SMALLEST_SIDE_PX} a side")
        else:
            yield lesson, picture.pixels


def said_of(lesson: Lesson, request: TrainRequest, number: int = 0) -> str:
    """The words that picture `number` is learnt with, to be read as they stand: the trigger is among them.

    Without a caption it is called by the trigger and its class, and every other one by the trigger alone: so
    that both call it afterwards.
    """
    trigger, words = request.trigger, _plain_words(lesson.caption)
    if words:
        return words if trigger.casefold() in words.casefold() else f"{trigger}, {words}"
    return trigger if number % 2 else f"{trigger} {request.class_words}".strip()


def _plain_words(caption: str) -> str:
    return " ".join(plain(caption).split())


def without_trigger(lesson: Lesson, request: TrainRequest) -> str:
    """What the picture would be called by who does not know the word."""
    instead = request.class_words if request.teaches is Teaches.SUBJECT else ""
    words = _plain_words(lesson.caption) or request.trigger
    at = words.casefold().find(request.trigger.casefold())
    if at >= 0:
        rest = words[at + len(request.trigger) :]
        doubled = bool(instead) and rest.strip().casefold().startswith(instead.casefold())
        words = f"{words[:at]}{'' if doubled else instead}{rest}"
    return " ".join(words.split()).strip(" ,")
