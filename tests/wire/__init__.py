"""What a plain client sees, to the byte."""
