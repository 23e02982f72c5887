"""Where `lienzo generate` puts its pictures, and that it overwrites nothing unasked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import BadRequest, CannotSave
from engine.api.events import ImageReady, Step
from engine.api.images import layers_in
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.cli.options import Preferences
from engine.library.depth import encode_depth
from engine.library.names import example_name, next_number, picture_name
from engine.library.pictures import Format, encode_image, encode_picture, encode_plain
from engine.library.save import save_bytes, save_new

SUFFIXES: dict[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
FORMATS = {"png": ".png", "jpeg": ".jpg", "jpg": ".jpg", "webp": ".webp"}


@dataclass(frozen=True)
class Saved:
    path: Path
    recipe: Recipe
    image_index: int
    layers: tuple[Path, ...] = ()
    """Files of what it was taken apart into."""
    depth: Path | None = None
    """The file of how near its pixels are."""

    @property
    def beside(self) -> tuple[Path, ...]:
        """All that was written beside the picture."""
        return self.layers if self.depth is None else (*self.layers, self.depth)


@dataclass(frozen=True)
class Destination:
    """Names for the pictures of one request."""

    files: tuple[Path, ...]
    """One a picture; empty for the library folder."""
    library: Path
    name_template: str
    format: Format
    quality: int
    may_overwrite: bool
    steps_folder: Path | None

    @staticmethod
    def of(
        output: Path | None,
        request: GenerationRequest,
        wanted: Preferences,
        format: str | None,
        force: bool,
        steps_folder: Path | None,
    ) -> Destination:
        """Raises `BadRequest` for a format that is not written, `CannotSave` before any work is wasted."""
        chosen = picture_format(output, format, wanted.picture_format)
        files = numbered(output.absolute(), request.images) if output else ()
        for path in files:
            check_free(path, force)
        if not files:
            check_template(wanted.name_template)
            check_writable(wanted.library)
        if steps_folder is not None:
            make_folder(steps_folder)
        return Destination(
            files, wanted.library, wanted.name_template, chosen, wanted.picture_quality, force, steps_folder
        )

    def put(self, event: ImageReady) -> Saved:
        """The picture; beside a file that was named each of its layers, and its depth.

        The library's file holds them itself.
        """
        keeps = self.format == "png" or not self.files
        layers, depth = (event.layers, event.depth) if keeps else (None, None)
        format: Format = self.format if layers is None and depth is None else "png"
        data = encode_picture(event.pixels, event.recipe, format, self.quality, event.alpha, layers, depth)
        if not self.files:
            path = save_new(self.library, self._library_name(event, format), data)
            return Saved(path, event.recipe, event.image_index)
        path = self._put_file(self.files[event.image_index], data)
        apart = [] if event.layers is None else layers_in(event.layers, len(event.pixels))
        names = [path.with_name(f"{path.stem}-layer-{number + 1}.png") for number in range(len(apart))]
        beside = [self._put_file(name, encode_image(layer)) for name, layer in zip(names, apart, strict=True)]
        near = None
        if event.depth is not None:
            near = self._put_file(path.with_name(f"{path.stem}-depth.png"), encode_depth(event.depth))
        return Saved(path, event.recipe, event.image_index, tuple(beside), near)

    def _put_file(self, file: Path, data: bytes) -> Path:
        if self.may_overwrite:
            save_bytes(file, data)
            return file
        return save_new(file.parent, file.name, data)  # a file that came in the meantime is not ours either

    def put_step(self, event: Step) -> None:
        """The preview, as `1-007.png` for the seventh step of the first picture."""
        if self.steps_folder is None or event.preview is None:
            return
        name = f"{event.image_index + 1}-{event.index:03}.png"
        save_bytes(self.steps_folder / name, encode_plain(event.preview))

    def _library_name(self, event: ImageReady, format: Format) -> str:
        number = next_number(self.library)
        return picture_name(self.name_template, event.recipe, number, FORMATS[format])


def picture_format(output: Path | None, told: str | None, preferred: Format) -> Format:
    """`png`, `jpeg` or `webp`: what was told, else what the file's name says, else the preference."""
    suffix = output.suffix.lower() if output else ""
    if told is not None:
        if told.lower() not in FORMATS:
            raise BadRequest("format", f"must be png, jpeg or webp, not {told[:20]!r}")
        return SUFFIXES[FORMATS[told.lower()]]
    if output is None:
        return preferred
    if suffix not in SUFFIXES:
        raise BadRequest(
            "output", f"{output.name!r} must end with .png, .jpg or .webp, or say --format png, jpeg or webp"
        )
    return SUFFIXES[suffix]


def numbered(path: Path, count: int) -> tuple[Path, ...]:
    """`dog.png`, or `dog-1.png`, `dog-2.png`, ... where there are several."""
    if count == 1:
        return (path,)
    return tuple(path.with_stem(f"{path.stem}-{number}") for number in range(1, count + 1))


def check_free(path: Path, force: bool) -> None:
    if path.is_dir():
        raise CannotSave(
            f"{path} is a folder. Name a file in it, such as {path / 'picture.png'}.", path=str(path)
        )
    if path.exists() and not force:
        raise CannotSave(
            f"{path} exists already and is left as it is. Choose another name, or add --force.",
            path=str(path),
        )
    if not path.absolute().parent.is_dir():
        raise CannotSave(
            f"The folder {path.absolute().parent} does not exist. Make it first.", path=str(path)
        )
    check_writable(path.absolute().parent)


def check_writable(folder: Path) -> None:
    """Raises `CannotSave` where nothing can be saved in `folder`, nor the folder be made."""
    there = next(path for path in (folder, *folder.absolute().parents) if os.access(path, os.F_OK))
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        what = "read-only" if there.is_dir() else "a file"
        raise CannotSave(
            f"Nothing can be saved in {folder}: {there} is {what}. Choose another folder with -o.",
            path=str(folder),
        )


def check_template(template: str) -> None:
    """Raises `BadRequest` before any work is wasted on pictures that could not be named."""
    try:
        example_name(template)
    except BadRequest as error:
        raise BadRequest(
            "name_template",
            f"{template[:60]!r} in the preferences {error.reason}. Change it there, or name a file with -o",
        ) from None


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotSave(
            f"The folder {folder} cannot be made ({error.strerror}). Choose another.", path=str(folder)
        ) from error
