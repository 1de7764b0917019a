"""Values as text: HTML, JSON, numbers, times, icons, rows for the clipboard."""
