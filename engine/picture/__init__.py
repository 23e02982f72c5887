"""One picture of a request: its plan, the stock pipeline under the tap, then the decoder, then the recipe.

Read `picture` first; everything here runs on the helper thread of `engine.diffusion.stream`.
"""
