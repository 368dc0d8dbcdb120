"""Benchmarks: `make bench`. Loopback only, bounded in count and time; see bench/README.md."""
