"""Figures of Clarion, measured on real processes: ``bin/bench``. Never part of the tests, which assert no timings."""
