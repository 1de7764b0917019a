"""The two forms of an address, URI and keywords, and the names and values of their parameters."""
