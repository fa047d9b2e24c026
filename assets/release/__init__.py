"""From a sealed payout file to the one that is uploaded: who made it, who approves it, what is released or cancelled.

Holds: makers and checkers by the log, held against the seal; the outbox.
Never holds: a clock or an environment (both are handed in); the log itself (``foundation/audit.py``); commands.
Neighbour: ``pipelines/releasing.py`` has the commands; ``verification/log.py`` looks at all of it another way.
"""
