"""What is said on simulated calls, one file per language."""
