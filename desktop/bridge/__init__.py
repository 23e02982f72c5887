"""Where things cross: the engine thread and process, the disk pool, pixels."""
