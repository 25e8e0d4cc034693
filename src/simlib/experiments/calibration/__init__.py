"""Calibration: a chain of expected values, published moments, a fit and what it cannot tell."""
