"""Files that are no model but are used beside one: what each kind is, by its header. No torch."""
