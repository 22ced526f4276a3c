"""What reviews have to say on the pages of teams and people."""
