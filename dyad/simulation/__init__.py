"""The loop that runs two agents, and the hosts they live in."""
