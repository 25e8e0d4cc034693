"""Everything Korean: data only, each value with its source and evidence grade."""
