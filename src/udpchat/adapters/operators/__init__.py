"""Operators and their one-time codes: a file with names and secrets, and what an authenticator app needs.

The file holds each secret as it is, because a code is made from the secret. Who can read the file is an operator.
"""
