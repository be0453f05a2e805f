"""What agentflow costs, beside the raw floor and its peers, measured in one run: `make bench`."""
