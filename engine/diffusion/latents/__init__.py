"""Between pixels and the numbers that a denoiser works on: one class a kind of autoencoder.

*Denoiser space* is what a scheduler steps through: B x C x h x w, scaled and shifted as the network was
trained. Some pipelines keep those latents as a row of tokens; a `Packing` goes there and back.
"""
