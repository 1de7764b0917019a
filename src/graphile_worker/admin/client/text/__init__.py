"""Values as text: HTML, errors, numbers, rates, icons, addresses, rows for the clipboard."""
