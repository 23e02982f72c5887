"""What the app knows and can do: QObjects, no widgets."""
