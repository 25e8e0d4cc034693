"""The evaluator for many rows: rules and facts become one list of steps for a small machine."""
