"""The page: the document, rendered on the server, and its assets."""
