"""Addresses, service files, password files and environments, against tables of what libpq makes of them."""
