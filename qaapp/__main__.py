"""``python -m qaapp`` is the same as the ``qaapp`` command."""

import sys

from qaapp.cli import main

if __name__ == "__main__":
    sys.exit(main())
