"""One file a model family; the folder is the registry."""
