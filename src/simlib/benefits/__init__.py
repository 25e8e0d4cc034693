"""What households are entitled to: the catalogue and its rules."""
