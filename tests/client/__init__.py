"""The browser program without a browser: these files also run on the real interpreter, so they keep to its Python."""
