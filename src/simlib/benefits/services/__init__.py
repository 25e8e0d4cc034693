"""The large catalogue of public services: read from open data or generated, counted, searched."""
