"""Bytes that a machine made up -> the hub, which keeps to what `tests.simulation.world` lists, whatever they are."""
