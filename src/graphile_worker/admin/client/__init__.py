"""The browser program. It runs on MicroPython in the browser, and its views run on the server too."""
