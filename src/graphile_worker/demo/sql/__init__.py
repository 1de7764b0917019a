"""SQL of the demo."""
