"""The process that sees pictures for the gallery, with a network of the artist's: no network but that one."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.models.sight.sight_network import SightNetwork


def main(path: Path) -> None:
    os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
    from engine.library.index.embedding_loop import serve
    from engine.models.pickles.unpickle import close_network
    from engine.models.sight.sight import sight_files

    close_network()

    @cache
    def loaded() -> SightNetwork:
        """With the first question, so that what is wrong is the answer to it."""
        import torch

        from engine.models.sight.sight_network import SightNetwork

        torch.set_num_threads(1)
        return SightNetwork(sight_files(path))

    serve(lambda texts: loaded().texts(texts), lambda pictures: loaded().pictures(pictures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
