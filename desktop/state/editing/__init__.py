"""GENERATING ON THE CANVAS: what the next Generate does with the document, and where its results go."""
