"""Plans as a model would write them, and the tools that they were written for."""
