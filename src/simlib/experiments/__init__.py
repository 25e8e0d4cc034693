"""Many worlds: scenarios, runs and paired comparisons."""
