"""One picture large, or two compared: zoom, filmstrip, recipe, steps, slide show."""
