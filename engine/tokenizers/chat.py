"""How a conversation is written out for a text encoder that was a chat model: ours, no model's own."""

from __future__ import annotations

QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for piece in message.content %}{{ piece.text }}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}"
)
"""As in Qwen3's `tokenizer_config.json`, for messages that call no tools."""
MISTRAL_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'system' %}{% set open, close = '[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]' %}"
    "{% else %}{% set open, close = '[INST]', '[/INST]' %}{% endif %}"
    "{{ open }}{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for piece in message.content %}{{ piece.text }}{% endfor %}{% endif %}{{ close }}"
    "{% endfor %}"
)
"""As in Mistral Small 3's `chat_template.jinja`, for a system's and a user's message without pictures."""
USER = "<|im_start|>user\n"
"""What the template puts before a prompt."""
ASSISTANT = "<|im_end|>\n<|im_start|>assistant\n"
"""And behind it."""
DESCRIBE = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, "
    f"spatial relationships of the objects and background:<|im_end|>\n{USER}"
)
"""What Qwen-Image, HunyuanImage and Krea 2 say before a prompt."""
DESCRIBED = 34
"""Tokens of it, which they drop."""
MISTRAL_USER = (
    "<s>[SYSTEM_PROMPT]You are an AI that reasons about image descriptions. You give structured responses "
    "focusing on object relationships, object\nattribution and actions without speculation."
    "[/SYSTEM_PROMPT][INST]"
)
"""What FLUX.2 dev's pipeline puts before a prompt: its system's message, and the template's marks."""
