"""Explaining one thing of the settled days: a tree from a payout, member, order, ticket, claim or lot down to the
orders whose money it is, and why what is missing is not there yet.

Holds: what is read for it, the formulas in numbers, the trees, the page; every node is the sum of its parts.
Never holds: settling; a figure that no sealed table has or proves; names or accounts of people.
Neighbour: ``pipelines/explaining.py`` has the command; ``statement/`` tells all movements of one holder.
"""
