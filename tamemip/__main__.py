"""``python -m tamemip``: the same as ``tamemip``."""

from tamemip.cli import main

if __name__ == "__main__":
    main()
