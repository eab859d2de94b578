"""``python -m tamemip.certificates FILE``: check a certificate, print what it proves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tamemip.certificates._check import check
from tamemip.certificates._fast import check_fast
from tamemip.errors import CertificateError, InvalidInputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: accepted. 1: rejected. 2: the file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m tamemip.certificates",
        description="Check a certificate in exact arithmetic and print what it proves.",
    )
    parser.add_argument("file", help="the certificate, plain or gzipped")
    parser.add_argument(
        "--fast", action="store_true", help="use the second checker: integers in bulk"
    )
    options = parser.parse_args(arguments)
    try:
        statement = (check_fast if options.fast else check)(options.file)
    except CertificateError as error:
        print(f"rejected: {error}")
        return 1
    except InvalidInputError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return 2
    print(statement)
    return 0


if __name__ == "__main__":
    sys.exit(main())
