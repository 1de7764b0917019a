"""Sources of parameters besides the address: environment, service file, password file."""
