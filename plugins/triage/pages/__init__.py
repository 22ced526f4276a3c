"""The page of triage."""
