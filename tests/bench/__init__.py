"""Benchmarks against the peer: `make bench`, or `python -m tests.bench CASE...` for some of them."""
