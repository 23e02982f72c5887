"""Pictures that come in by drag and drop or from the clipboard: files, browsers, other programs."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif")
DOCUMENT_SUFFIX = ".ora"
"""Welcome where documents are: on the canvas."""
ENCODED_FORMATS = ("image/png", "image/jpeg", "image/webp", "image/bmp")
LARGEST_ENCODED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Dropped:
    """What a drop brought."""

    pictures: tuple[str | QImage, ...] = ()
    """Paths of local files, or decoded pixels where no file came."""
    remote: tuple[str, ...] = ()
    """Addresses on the network, which are never fetched."""


def is_picture_path(path: str) -> bool:
    """By its name only; whether it can be read is found out when it is opened."""
    return path.lower().endswith(PICTURE_SUFFIXES)


def has_document(mime: QMimeData) -> bool:
    """Whether a drop brings a document file."""
    return any(_is_document(url) for url in mime.urls())


def _is_document(url: QUrl) -> bool:
    return url.isLocalFile() and url.toLocalFile().lower().endswith(DOCUMENT_SUFFIX)


def has_picture(mime: QMimeData) -> bool:
    """Whether a drop of `mime` is worth a welcome; looks at no pixels, so it is fit for drag-move."""
    if mime.hasImage() or any(mime.hasFormat(kind) for kind in ENCODED_FORMATS):
        return True
    return any(not url.isLocalFile() or is_picture_path(url.toLocalFile()) for url in mime.urls())


def take_document(mime: QMimeData) -> str:
    """The path of the first document file; empty where there is none."""
    return next((url.toLocalFile() for url in mime.urls() if _is_document(url)), "")


def take_pictures(mime: QMimeData) -> Dropped:
    """Files first, for they carry a recipe; then pixels; a network address only if nothing else came."""
    urls = mime.urls()
    files = tuple(url.toLocalFile() for url in urls if url.isLocalFile())
    files = tuple(path for path in files if is_picture_path(path))
    if files:
        return Dropped(files)
    image = _pixels(mime)
    if image is not None:
        return Dropped((image,))
    schemes = ("http", "https", "ftp")
    return Dropped(remote=tuple(url.toDisplayString() for url in urls if url.scheme() in schemes))


def _pixels(mime: QMimeData) -> QImage | None:
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return image
    for kind in ENCODED_FORMATS:  # some browsers offer only the encoded bytes
        encoded = mime.data(kind)
        if 0 < encoded.size() <= LARGEST_ENCODED_BYTES:
            image = QImage.fromData(encoded)
            if not image.isNull():
                return image
    return None
