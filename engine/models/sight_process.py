"""The process that sees pictures for the gallery, with a network of the artist's: no network but that one."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(path: Path) -> None:
    os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
    from engine.library.index.embedding_loop import serve
    from engine.models.sight import sight_files
    from engine.models.unpickle import close_network

    close_network()
    network: list = []

    def loaded():
        """With the first question, so that what is wrong is the answer to it."""
        if not network:
            import torch

            from engine.models.sight_network import SightNetwork

            torch.set_num_threads(1)
            network.append(SightNetwork(sight_files(path)))
        return network[0]

    serve(lambda texts: loaded().texts(texts), lambda pictures: loaded().pictures(pictures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
