"""Pure views: state in, escaped HTML out."""
