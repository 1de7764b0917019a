"""Times as a person types them, and the time zone of the page."""
