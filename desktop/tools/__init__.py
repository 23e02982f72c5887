"""One file a tool: a stroke is a generator that is sent what the pen does."""
