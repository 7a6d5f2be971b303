"""Corpora that dyad makes itself: many simulated conversations, in the layout of a recorded corpus."""
