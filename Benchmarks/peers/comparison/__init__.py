"""What `Benchmarks/peers/compare` is made of."""
