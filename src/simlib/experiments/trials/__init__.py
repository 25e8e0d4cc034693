"""Virtual trials: the same households and the same luck in all arms, beside published results."""
