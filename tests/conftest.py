"""Settings for all tests."""

from hypothesis import settings

# The same examples every time, so that a failure is one for everybody; `--hypothesis-profile=explore` looks further.
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True, max_examples=200)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True, max_examples=5000)
settings.load_profile("same")
