"""Characters that a terminal obeys or shows as nothing: control sequences, blanks and gaps, by Unicode properties."""
