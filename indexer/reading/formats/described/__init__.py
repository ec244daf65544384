"""Understand what files say of their articles: titles, authors, dates, languages and tags."""
