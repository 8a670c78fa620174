"""`python -m clipaudio`: the same as the command `clipaudio`."""

import sys

from clipaudio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
