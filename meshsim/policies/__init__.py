"""What a proxy decides: pure functions on small arrays."""
