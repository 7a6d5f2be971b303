"""Utterances from text to speech, for simulated conversations: many voices from an engine's few, always labelled as synthetic."""
