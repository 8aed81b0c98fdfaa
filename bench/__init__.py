"""Benchmarks: each prints one table. ``python -m bench.<name>``."""
