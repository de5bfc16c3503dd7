"""The command line's verbs, one module a noun. They are imported after Django is set up."""
