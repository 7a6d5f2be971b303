"""Recorded motion of other programs: each file is checked, and refused where dyad cannot know what its numbers mean."""
