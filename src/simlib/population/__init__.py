"""Who lives here: from published tables to households and persons."""
