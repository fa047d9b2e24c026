"""A second opinion on settled days, reached by a path of its own from the sealed outputs (rules.md section 11)."""
