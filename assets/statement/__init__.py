"""Statements: what one member or merchant had, every movement with its cause, what he has; in all commodities.

Holds: reading what sealed days say of one holder, adding it up, its words in both languages, the page to hand over.
Never holds: a figure that no sealed table has; names or accounts of people; arithmetic of a scheme.
Neighbour: ``pipelines/statement.py`` has the command; ``report/`` is the day for finance.
"""
