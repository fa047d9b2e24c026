"""The day for finance: one self-contained page."""
