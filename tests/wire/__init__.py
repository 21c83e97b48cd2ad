"""What a plain client receives, to the byte."""
