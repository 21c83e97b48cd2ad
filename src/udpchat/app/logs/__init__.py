"""The log: where it goes, how much of it is written, and the log lines for drops and bugs."""
