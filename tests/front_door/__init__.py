"""One test file for each way in which people reach the program: their database, proxy, host or login, by the number of its case."""
