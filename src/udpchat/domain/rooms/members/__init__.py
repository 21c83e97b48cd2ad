"""Who is here, in which rooms, and how each wants to read what is said."""
