"""The documentation: what it shows runs, what it lists is complete, and what it links to is there."""
