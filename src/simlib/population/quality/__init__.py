"""How well a population meets what is published, and what to know before using it."""
