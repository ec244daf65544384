"""Read formats that are plain text with marks."""
