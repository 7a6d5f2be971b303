"""Training of models on corpora of two people in conversation."""
