"""`python -m forecast` is the same as the command `forecast`."""

import sys

from forecast.cli import main

sys.exit(main())
