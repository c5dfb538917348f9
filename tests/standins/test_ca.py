# SPDX-License-Identifier: MIT
"""A certificate authority for tests, made with openssl(1) where it is needed.

    make_tls(folder, "email-smtp.test")

leaves ca.pem, server.pem and server.key in folder; what is there is kept.
"""
import pathlib
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


def make_tls(folder, host):
    """Make a CA and a certificate for host, localhost and 127.0.0.1."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    cert, key = folder / "server.pem", folder / "server.key"
    if ca.exists() and cert.exists() and key.exists():
        return
    extensions = folder / "server.ext"
    extensions.write_text(
        "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
        f"subjectAltName=DNS:{host},DNS:localhost,IP:127.0.0.1\n")
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
             "-subj", "/CN=Test authority",
             "-addext", "keyUsage=critical,keyCertSign",
             "-keyout", str(ca_key), "-out", str(ca))
    _openssl("req", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", f"/CN={host}", "-keyout", str(key),
             "-out", str(folder / "server.csr"))
    _openssl("x509", "-req", "-days", "3650", "-CAcreateserial",
             "-in", str(folder / "server.csr"), "-CA", str(ca),
             "-CAkey", str(ca_key), "-extfile", str(extensions),
             "-out", str(cert))
    ca.chmod(0o644)
