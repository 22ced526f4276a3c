"""The commands on blueprints, by what they are about."""
