"""`udpchat journal`: tools that read a journal file, one module for each."""
