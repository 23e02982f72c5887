"""What ships with Lienzo and is not code: the starter model, icons, themes, translations."""
