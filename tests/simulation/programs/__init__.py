"""Programs on a hostile network: they change their addresses, repeat lines, and check the numbers of what they get."""
