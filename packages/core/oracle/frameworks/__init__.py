"""What the real frameworks answer, recorded as vectors/frameworks/<dialect>.json."""
