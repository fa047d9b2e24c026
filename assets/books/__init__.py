"""The journal in the formats of other people's books: plain-text accounting, vouchers of accounting software.

Holds: the chart of accounts, the books of sealed days, one module a format.
Never holds: a figure that no sealed table has; names or accounts of people.
Neighbour: ``pipelines/exporting.py`` has the command; ``report/workbook.py`` prints the day's vouchers.
"""
