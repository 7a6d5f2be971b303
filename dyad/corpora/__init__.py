"""Whole folders of conversations: checked, and prepared for training."""
