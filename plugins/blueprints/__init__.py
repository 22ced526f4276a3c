"""The plugin ``blueprints``: who works on what, for which milestone."""
