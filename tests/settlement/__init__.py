"""Literal ledgers, rule by rule."""
