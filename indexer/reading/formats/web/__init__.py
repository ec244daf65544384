"""Read pages of the web, saved in any way, and e-books, which consist of pages."""
