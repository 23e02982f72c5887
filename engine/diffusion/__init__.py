"""The mathematics of denoising, ignorant of model families."""
