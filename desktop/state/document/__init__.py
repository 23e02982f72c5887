"""The document: layers, masks, one history of everything, and what of it is kept through a kill."""
