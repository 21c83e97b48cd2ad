"""The program: command line, settings, log, the server, and the hub that feeds the chat."""
