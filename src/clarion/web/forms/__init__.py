"""What people type, as plain values: read from a form, checked, never lost."""
