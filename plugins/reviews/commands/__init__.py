"""The commands on reviews, each kind in a module."""
