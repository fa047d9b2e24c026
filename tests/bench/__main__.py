"""``python -m tests.bench`` from the top of the tree.

Never holds: anything but the call.
Neighbour: ``bench.py``.
"""

import sys

from tests.bench.bench import main

sys.exit(main())
