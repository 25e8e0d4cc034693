"""The pages of the report: each function takes the open report and gives a piece of a page."""
