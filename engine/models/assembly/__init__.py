"""A model put together from files, with what lies in the folders beside it. No torch."""
