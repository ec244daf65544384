"""Read archives: files in a file."""
