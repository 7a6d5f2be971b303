"""Measures and reports: pure functions on motion and turns."""
