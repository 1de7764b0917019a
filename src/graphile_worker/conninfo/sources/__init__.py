"""Where parameters come from besides the address: environment, service file, password file."""
