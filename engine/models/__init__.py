"""Files on disk, weights in memory."""
