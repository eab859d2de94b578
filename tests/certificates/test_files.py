"""Certificates in files, and the command that checks them."""

import contextlib
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tamemip.certificates import Certificate, check
from tamemip.certificates import _file as file
from tamemip.certificates.__main__ import main
from tamemip.errors import CertificateError, InvalidInputError
from tests.certificates.test_hand_made import mixed_certificate
from tests.certificates.tiny import CHECKERS, edited

ROOT = Path(__file__).resolve().parents[2]

# A process that may import the standard library and tamemip only, and no numpy at all.
ISOLATED = """
import runpy, sys
sys.modules["numpy"] = None
sys.path.insert(0, {root!r})
sys.argv = ["tamemip.certificates", *{arguments!r}]
runpy.run_module("tamemip.certificates", run_name="__main__")
"""


@pytest.mark.parametrize("name", ["proof.jsonl", "proof.jsonl.gz"])
@pytest.mark.parametrize("as_path", [str, Path])
def test_a_certificate_is_read_back_as_it_was_written(tmp_path, name, as_path):
    certificate, path = mixed_certificate(), as_path(tmp_path / name)
    certificate.write(path)
    assert Certificate.read(path) == certificate
    for checker in CHECKERS:
        assert checker(path) == checker(certificate)


def test_a_gzipped_certificate_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.gz", "b.gz"):
        mixed_certificate().write(tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_line_ends_of_other_systems_are_read(tmp_path):
    path = tmp_path / "proof.jsonl"
    path.write_bytes("\r\n".join(mixed_certificate().lines).encode())
    assert check(path).n_leaves == 3


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", ["missing.jsonl", ".", "no/such/folder", "a\0b"])
def test_a_path_that_cannot_be_opened_is_invalid_input(tmp_path, checker, name):
    with pytest.raises(InvalidInputError):
        checker(os.path.join(tmp_path, name))
    with pytest.raises(InvalidInputError):
        mixed_certificate().write(os.path.join(tmp_path, "missing", name))


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_truncated_or_damaged_gzip_file_is_rejected(tmp_path, checker):
    path = tmp_path / "proof.gz"
    mixed_certificate().write(path)
    data = path.read_bytes()
    for cut in range(2, len(data), 37):
        path.write_bytes(data[:cut])
        with pytest.raises(CertificateError):
            checker(path)
    for k in range(2, len(data), 23):
        path.write_bytes(data[:k] + bytes([data[k] ^ 255]) + data[k + 1 :])
        with contextlib.suppress(CertificateError):  # gzip ignores some bytes of its header
            assert checker(path) == checker(mixed_certificate())


@pytest.mark.parametrize("data", [b"", b"\n", b"\x80\x81", b"\x1f\x8b", b"{}\n", b"\n\n\n"])
def test_a_file_without_a_header_is_rejected(tmp_path, data):
    path = tmp_path / "proof.jsonl"
    path.write_bytes(data)
    with pytest.raises(CertificateError):
        check(path)


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "MAX_BYTES", 2**22)
    path = tmp_path / "proof.gz"
    path.write_bytes(gzip.compress(b" " * 2**24))
    with pytest.raises(CertificateError, match="more than"):
        check(path)


@pytest.mark.parametrize("option", [[], ["--fast"]])
def test_the_command_says_what_is_proved(tmp_path, capsys, option):
    path = tmp_path / "proof.jsonl"
    certificate = mixed_certificate()
    certificate.write(path)
    assert main([str(path), *option]) == 0
    assert capsys.readouterr().out == f"{check(certificate)}\n"


@pytest.mark.parametrize("option", [[], ["--fast"]])
def test_the_command_names_the_rejected_step(tmp_path, capsys, option):
    lines = list(mixed_certificate().lines)
    lines[-1] = edited(lines[-1], ["value"], 3)
    path = tmp_path / "proof.jsonl"
    Certificate(tuple(lines)).write(path)
    assert main([str(path), *option]) == 1
    out = capsys.readouterr().out
    assert out.startswith("rejected: step 13 (tight): ")
    assert out.count("\n") == 1


def test_the_command_cannot_read_what_is_not_there(tmp_path, capsys):
    assert main([str(tmp_path / "missing")]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("option", [[], ["--fast"]])
def test_the_checker_needs_the_standard_library_only(tmp_path, option):
    path = tmp_path / "proof.jsonl.gz"
    mixed_certificate().write(path)
    code = ISOLATED.format(root=str(ROOT), arguments=[str(path), *option])
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("proved: ")
