"""What acting on a score is worth."""
