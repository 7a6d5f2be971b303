"""Datasets: one module a corpus layout."""
