"""The pages of teams and people, and the calendars."""
