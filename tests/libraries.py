"""A catalogue of pictures for tests: opened, looked at, asked."""

from __future__ import annotations

from pathlib import Path

from engine.library.index.catalogue import Catalogue
from engine.library.index.scan import Progress


def open_in(home: Path) -> Catalogue:
    return Catalogue.open(home / "index.sqlite", home / "library.sqlite")


def look(catalogue: Catalogue) -> Progress:
    """Scan to the end."""
    return list(catalogue.scan())[-1]


def names(catalogue: Catalogue, query: str = "", **options: object) -> list[str]:
    """File names that are found, without suffix, in their order."""
    found = catalogue.search(query, **options)  # type: ignore[arg-type]
    return [record.path.stem for record in catalogue.records(found.ids)]


def found(catalogue: Catalogue, query: str = "") -> set[str]:
    return set(names(catalogue, query))
