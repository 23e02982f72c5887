"""WHERE A MODEL IS TAUGHT: pictures with their captions, what they have in common, how far it is."""
