"""Results of payouts on their way back: from a channel's file to ``imports/<day>/``, and what is still in transit.

``leaving.py`` writes a day's results; the day takes them as rules.md section 10.4 says.
"""
