"""Studies: conversations × conditions × seeds, put through what people cannot be put through, measured and tested."""
