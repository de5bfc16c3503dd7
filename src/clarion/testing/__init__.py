"""The shipped test kit: the conformance suite of networks, stages to play it on, and contract servers with faults."""
