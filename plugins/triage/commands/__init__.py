"""The commands of triage, each kind in a module of its own."""
