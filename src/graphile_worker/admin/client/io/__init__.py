"""The browser and the server: DOM, requests, the event stream, the reads of a screen."""
