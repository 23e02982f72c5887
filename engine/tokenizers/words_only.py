"""What transformers calls a processor, for pipelines that are told no pictures: its half that reads words."""

from __future__ import annotations

from typing import Any


class WordsOnly:
    """Passes everything on to the tokenizer; transformers' own asks for a library of films."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def __call__(self, text: Any, images: Any = None, videos: Any = None, **options: Any) -> Any:
        return self.tokenizer(text, **options)

    def apply_chat_template(self, messages: Any, **options: Any) -> Any:
        return self.tokenizer.apply_chat_template(messages, **options)

    def __getattr__(self, name: str) -> Any:
        if name == "tokenizer":  # while a copy of it is made
            raise AttributeError(name)
        return getattr(self.tokenizer, name)


class Conversations(WordsOnly):
    """Gives a list for each conversation also where it is asked for one, as processors do."""

    def apply_chat_template(self, messages: Any, **options: Any) -> Any:
        read = super().apply_chat_template(messages, **options)
        return [read] if options.get("tokenize") and not options.get("return_dict", True) else read
