"""WHAT IS LEARNT FROM: openly licensed sprites and words, fetched by package name, in one file to carry."""
