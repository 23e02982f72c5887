"""Documents in files: OpenRaster in and out, pictures in and out, PSD out. For the disk pool; no widgets."""
