"""What the disk pool does with documents. The readers and writers are loaded with the first file, not with
the window; all of these raise `EngineError`, and `Cancelled` where nobody wants the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document_file.work import Work
from engine.api.images import Extent

if TYPE_CHECKING:
    from desktop.state.document_file.opened import OpenedDocument
    from desktop.state.document_file.picture_in import PlacedPicture

SUFFIX = ".ora"


def read_document(path: Path, work: Work) -> OpenedDocument:
    """An OpenRaster file with all that it holds, or a picture as the one layer of a document."""
    from desktop.state.document_file.archive import is_archive
    from desktop.state.document_file.ora_read import open_ora
    from desktop.state.document_file.picture_in import open_picture_as_document

    if is_archive(path) or path.suffix.lower() == SUFFIX:
        return open_ora(path, work)
    return open_picture_as_document(path)


def read_placed(path: Path, work: Work) -> PlacedPicture:
    from desktop.state.document_file.picture_in import read_picture

    return read_picture(path)


def write_document(path: Path, state: DocumentState, view: str, work: Work) -> None:
    from desktop.state.document_file.ora_write import save_ora

    save_ora(path, state, view, work)


def write_picture(
    path: Path, state: DocumentState, options: Mapping[str, Any], work: Work
) -> tuple[str, ...]:
    from desktop.state.document_file.picture_out import ExportOptions, export_picture

    export_picture(path, state, ExportOptions(**options), work)
    return ()


def write_psd(path: Path, state: DocumentState, work: Work) -> tuple[str, ...]:
    from desktop.state.document_file.psd_out import save_psd

    return save_psd(path, state, work)


def read_mask_file(path: Path, source: str, work: Work) -> tuple[Tiles, Extent]:
    from desktop.state.document_file.mask_files import MaskSource, read_mask

    return read_mask(path, MaskSource(source))


def write_mask(path: Path, state: DocumentState, is_alpha: bool, work: Work) -> tuple[str, ...]:
    from desktop.state.document_file.mask_files import save_as_alpha, save_mask

    if is_alpha:
        save_as_alpha(path, state.root, state.mask, state.size)
    else:
        save_mask(path, state.mask, state.size)
    return ()
