"""Contract servers: each speaks one network's public specification, in memory, with faults at hand."""
