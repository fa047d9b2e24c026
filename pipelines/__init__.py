"""How the work is run: the Dagster job and the command line.

Never holds: arithmetic, SQL, file formats.
"""
