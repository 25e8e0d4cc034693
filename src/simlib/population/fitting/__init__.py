"""Fit households, members' ages and places to the controls."""
