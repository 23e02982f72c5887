"""From a request to images: Lienzo's engine, a library and a command line without Qt."""

__version__ = "0.1.0"
