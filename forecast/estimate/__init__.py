"""Estimates of what a country does not publish, from what it does."""
