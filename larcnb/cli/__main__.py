"""``python -m larcnb.cli`` is the command ``larcnb``."""

from larcnb.cli import main

if __name__ == "__main__":
    main()
