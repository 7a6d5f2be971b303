"""Evaluation of predicted motion on a whole corpus: what is scored, on which cores, and what is written about it."""
