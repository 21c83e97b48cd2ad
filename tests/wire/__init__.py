"""What a plain client receives, to the byte.

There are more than ten files: one for each section of docs/wire.md, and what checks that none is missing.
"""
