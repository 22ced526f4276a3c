"""The chat services Muster speaks to: one module or package each, behind the interface in ``base``."""
