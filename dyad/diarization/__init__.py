"""Who speaks when: from each participant's own channel, from a pyannote.audio pipeline, or from a mono mix alone."""
