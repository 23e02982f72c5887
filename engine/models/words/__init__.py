"""What a model reads of a prompt: its tokens, and its own table of words."""
