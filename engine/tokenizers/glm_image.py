"""What reads words and pictures for GLM-Image's writer: transformers' own, with a template of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.tokenizers.words_only import WordsOnly

BEGIN, END = "<|dit_token_16384|>", "<|dit_token_16385|>"
MARKS = {
    "image_token": "<|image|>", "grid_bos_token": "<sop>", "grid_eos_token": "<eop>", "bos_token": BEGIN,
}  # fmt: skip
"""By the tokenizer's names: where a picture stands, around its rows and columns, before it is written."""
TEMPLATE = (
    "{% for message in messages %}{% for piece in message.content %}"
    "{% if piece.type == 'image' %}" + BEGIN + MARKS["image_token"] + END + "{% else %}{{ piece.text }}"
    "{% endif %}{% endfor %}{% endfor %}"
)
"""As its makers write a request out: the pictures, then the words, and nothing around them."""


class PicturesAndWords(WordsOnly):
    """The tokenizer, and what the pipeline calls a processor around it."""

    def __init__(self, tokenizer: Any, pictures: Any) -> None:
        super().__init__(tokenizer)
        self.pictures = pictures
        """Brings a picture to the size that the writer sees, in patches."""

    def apply_chat_template(self, messages: Any, **options: Any) -> Any:
        from transformers import GlmImageProcessor  # heavy

        whole = GlmImageProcessor(self.pictures, self.tokenizer, chat_template=TEMPLATE)
        return whole.apply_chat_template(messages, **options)


def read_processor(folder: Path) -> PicturesAndWords:
    """Of a folder with a tokenizer's and a picture processor's data; its classes run no code from it."""
    from transformers import PreTrainedTokenizerFast
    from transformers.models.glm_image.image_processing_pil_glm_image import GlmImageImageProcessorPil

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    for name, mark in MARKS.items():
        if getattr(tokenizer, name, None) is None:
            setattr(tokenizer, name, mark)
    tokenizer.chat_template = None
    return PicturesAndWords(
        tokenizer, GlmImageImageProcessorPil.from_pretrained(folder, local_files_only=True)
    )
