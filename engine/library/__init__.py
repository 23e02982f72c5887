"""Pictures on disk: saved whole, with their recipe, and found again."""
