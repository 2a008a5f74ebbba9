"""`python -m nbdspy.cli` is the command `nbdspy`."""

import sys

from nbdspy.cli import main

sys.exit(main())
