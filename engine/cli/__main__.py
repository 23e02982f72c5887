"""`python -m engine.cli`: the command line where the window's building is not installed."""

import sys

from engine.cli.app import main

sys.exit(main())
