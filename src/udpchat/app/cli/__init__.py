"""The command line: `udpchat PORT` runs a server, `udpchat journal` and `udpchat nodes` are tools for operators."""
