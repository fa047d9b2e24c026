"""``python -m tests.fuzz`` from the top of the tree.

Never holds: anything but the call.
Neighbour: ``fuzz.py``.
"""

import sys

from tests.fuzz.fuzz import main

if __name__ == "__main__":  # a new process of it comes by here, too
    sys.exit(main())
