"""Households and persons as frames: columns, what they may hold, and their files."""
