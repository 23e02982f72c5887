"""What a weight file is, by the names and shapes of its tensors: tables of marks, and how they are read."""
