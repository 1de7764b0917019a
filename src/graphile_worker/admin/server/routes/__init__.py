"""The endpoints: decode, one read or one verb, answer."""
