"""Meetings: from ``#startmeeting`` to minutes that people like to read."""
