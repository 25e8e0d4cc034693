"""What happens to households: events, hardship, arrears and crisis."""
