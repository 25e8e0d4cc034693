"""Incomes, wealth and debt, moved onto published distributions."""
