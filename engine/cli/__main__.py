"""`python -m engine.cli`: the command line where the window's building is not installed."""

import sys

from engine.cli import main

sys.exit(main())
