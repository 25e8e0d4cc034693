"""The published tables, and the controls and figures that they make."""
