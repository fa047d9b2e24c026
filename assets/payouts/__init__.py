"""Payouts: the cut, the files that people upload, and their reading back."""
