"""Make whole households and their members from the fitted table."""
