"""Read tables, a row an article."""
