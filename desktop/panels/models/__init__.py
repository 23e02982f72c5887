"""The place of models: what lies in the artist's folders, what it is and why, what can be done with it."""
