"""What the business does: one activity per file."""
