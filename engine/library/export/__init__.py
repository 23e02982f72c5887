"""Pictures on their way out: copies in another format or size, with or without how they were made."""
