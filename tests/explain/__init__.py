"""Trees of small homes that can be reckoned by hand, and of the golden ones."""
