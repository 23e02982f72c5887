"""Where the document is seen."""
