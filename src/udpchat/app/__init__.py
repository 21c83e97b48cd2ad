"""The program: its command line, its settings and the loop that feeds the chat."""
