"""What travels: the wire types, the words shared with the browser, and the reads."""
