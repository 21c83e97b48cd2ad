"""What the chat keeps for programs: numbers of what happens, what was told lately, sessions and outcomes."""
