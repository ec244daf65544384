"""Read files of word processors and presentations."""
