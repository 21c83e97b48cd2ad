"""The ways of touching the world, one file for each; its docstring says what it can not do."""
