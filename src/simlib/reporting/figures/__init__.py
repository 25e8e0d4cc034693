"""Figures: small functions from a table of numbers to a matplotlib figure."""
