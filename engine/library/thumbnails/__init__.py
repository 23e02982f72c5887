"""Small pictures of files: decoded in processes apart, kept in one file, supplied as they are wanted."""
