"""One input -> what is delivered to whom."""
