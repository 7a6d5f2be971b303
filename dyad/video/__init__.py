"""Films of a recording: both heads with the conversation's sound, and short animations."""
