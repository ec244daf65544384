"""Read PDF files: characters on pages become paragraphs."""
