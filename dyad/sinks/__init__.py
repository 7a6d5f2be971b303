"""Sinks watch a simulation from outside."""
