"""Social networks as Clarion speaks to them: one file each, plain Python, no database. Start at ``base.Network``."""
