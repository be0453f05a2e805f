"""Measures how well a model plans: tasks with tools that are played, what a right plan does, and scores over many."""
