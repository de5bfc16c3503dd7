"""What Clarion is made of that others made: read from the lock file and the list of vendored files."""
