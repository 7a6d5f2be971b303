"""Analysis of recorded, annotated or simulated conversations, one or thousands: what is read, measured, drawn and written."""
