"""What the gallery knows and can do: what is searched, found, shown, marked, and where the files are."""
