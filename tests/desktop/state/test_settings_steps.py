"""Settings are undone in their turn, among strokes and layers."""

from studios import studio_with_toy

from desktop.raster.rect import Rect
from desktop.state.document import layer_commands
from engine.api.learnt import Lora


def test_settings_are_steps_of_the_history(qtbot):
    with studio_with_toy(qtbot) as studio:
        layer_commands.add_paint_layer(studio.document)
        studio.generation.steps, studio.generation.guidance = 31, 3.5
        studio.settings_steps.take()
        with studio.document.begin("Brush stroke"):
            studio.document.active.pixels.fill(Rect(0, 0, 9, 9), (9, 9, 9, 255))
        studio.generation.prompt = "snow"
        studio.settings_steps.take()
        studio.generation.prompt = "snow and a beagle"
        studio.settings_steps.take()
        titles = [entry.title for entry in studio.document.history.entries]
        assert titles == ["New layer", "Settings", "Brush stroke", "Prompt"]
        studio.document.history.undo()
        assert studio.generation.prompt == "" and studio.generation.steps == 31
        studio.document.history.jump_to(1)
        assert studio.generation.steps != 31 and studio.generation.guidance != 3.5
        studio.document.history.jump_to(4)
        assert studio.generation.prompt == "snow and a beagle" and studio.generation.steps == 31
        studio.settings_steps.take()
        assert len(studio.document.history.entries) == 4


def test_without_a_document_settings_are_no_steps(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.generation.steps = 31
        studio.settings_steps.take()
        assert studio.documents.is_pristine and not studio.document.history.entries


def test_the_seed_is_no_step(qtbot):
    with studio_with_toy(qtbot) as studio:
        layer_commands.add_paint_layer(studio.document)
        studio.generation.roll_seed()
        studio.settings_steps.take()
        assert len(studio.document.history.entries) == 1


def test_what_is_worn_is_undone_too(qtbot):
    with studio_with_toy(qtbot) as studio:
        layer_commands.add_paint_layer(studio.document)
        studio.wearing.wear("ink", 0.8)
        studio.settings_steps.take()
        studio.wearing.wear("ink", 0.3)
        studio.settings_steps.take()
        studio.document.history.undo()
        assert studio.generation.loras == ()  # one thing changed twice in a row is one step
        studio.document.history.redo()
        assert studio.generation.loras == (Lora("ink", 0.3),)


def test_what_goes_right_after_it_came_comes_back(qtbot):
    """A LoRA, a style, all words: each goes in a step of its own."""
    with studio_with_toy(qtbot) as studio:
        layer_commands.add_paint_layer(studio.document)
        generation, take = studio.generation, studio.settings_steps.take
        for field, came in (
            ("loras", (Lora("ink", 0.8),)),
            ("styles", ("Watercolour",)),
            ("prompt", "a long sentence"),
        ):
            gone = getattr(generation, field)
            setattr(generation, field, came)
            take()
            setattr(generation, field, gone)
            take()
            studio.document.history.undo()
            assert getattr(generation, field) == came
            studio.document.history.undo()
            assert getattr(generation, field) == gone
