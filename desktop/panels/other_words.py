"""Under the prompt: words that the model never learnt, and what it draws for them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from desktop.state.generation import GenerationState
from desktop.state.language_code import language
from desktop.state.reading import Reading
from desktop.widgets.binding import bind
from desktop.widgets.label import ElidedLabel
from engine.api.other_words import OtherWord


class OtherWordsRow(QWidget):
    """Only there while the prompt has such words; the artist can have them read as they stand."""

    def __init__(self, generation: GenerationState, reading: Reading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._generation, self._reading = generation, reading
        self.said = ElidedLabel(role="dim")
        self.said.setAccessibleName(self.tr("Words that the model never learnt"))
        self.as_typed = QCheckBox(self.tr("As typed"))
        self.as_typed.setToolTip(
            self.tr("Give the model these words as they stand. It never learnt them, so it draws by chance.")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.said, 1)
        row.addWidget(self.as_typed)
        bind(generation, "as_typed", self.as_typed)
        generation.changed.connect(self._on_changed)
        reading.changed.connect(self._show)
        self._show()

    def _on_changed(self, field: str) -> None:
        if field == "as_typed":
            self._show()

    def _show(self) -> None:
        words = {word.read_as: word for word in self._reading.other_words}
        self.setVisible(bool(words))
        if self._generation.as_typed:
            names = ", ".join(read_as.typed for read_as in words)
            self.said.setText(self.tr("Never learnt: {words}").format(words=names))
            return
        self.said.setText(", ".join(map(said_of, words.values())))


def said_of(word: OtherWord) -> str:
    """What is drawn for a word, as the window calls it."""
    text = QCoreApplication.translate("OtherWordsRow", "{word}: drawn as {known}")
    return text.format(word=word.read_as.typed, known=word.name_in(language()))
