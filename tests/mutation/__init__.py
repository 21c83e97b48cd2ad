"""Tests of the tests: small faults are planted in the domain, and a test must fail because of each."""
