"""Who heads for a crisis: indicators, an agency's view, labels, scorers, metrics."""
