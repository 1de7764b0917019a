"""What the page would send as text to copy: `command_line`, `curl` and `sql`; `quoting` quotes for each of them."""
