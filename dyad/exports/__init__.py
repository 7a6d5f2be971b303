"""Motion that leaves dyad in the formats people use: one module a format, and a table of them."""
