"""Pickle checkpoints: opened in a process without network and programs, kept as safetensors."""
