"""Agents: things that decide how a head moves. One module or package each; see ``dyad.registry``."""
