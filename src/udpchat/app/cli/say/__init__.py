"""`udpchat say`: one line, or many, said by a script."""
