"""Values as text: HTML, numbers, rates, icons, addresses, rows for the clipboard."""
