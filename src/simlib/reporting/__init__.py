"""What a reader sees: figures, tables, notebooks and pages."""
