"""The page: the document, drawn on the server, and the assets it loads."""
