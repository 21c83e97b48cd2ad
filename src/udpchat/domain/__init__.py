"""The chat itself: pure values and decisions. Nothing here reads a clock, draws at random, opens, sends or logs."""
