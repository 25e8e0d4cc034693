"""A researcher's own households and persons, and their weights."""
