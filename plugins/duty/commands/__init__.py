"""What can be typed about duty, each kind in a module of its own."""
