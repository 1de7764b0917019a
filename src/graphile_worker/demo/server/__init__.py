"""The PostgreSQL server of the demo: its programs, its data folder, its supervisor."""
