"""The pages of blueprints and milestones."""
