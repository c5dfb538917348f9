# SPDX-License-Identifier: MIT
"""What the tests of sync and push share: a stand-in, a folder, a run."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("top_builddir", os.path.join(TOP, "build"))
sys.path.insert(0, os.path.join(TOP, "tests", "standins"))
sys.dont_write_bytecode = True

from aws import Answer, AwsStandIn, error_answer  # noqa: E402,F401

PREFIX = "/mail/aliases/"
OK, NO, USAGE, TEMPORARY, CONFIG = 0, 1, 64, 75, 78


def certificates(folder, names="IP:127.0.0.1,DNS:localhost"):
    """A CA and a server's certificate; returns (ca, certificate, key)."""
    paths = [os.path.join(folder, n) for n in
             ("ca.pem", "cert.pem", "key.pem", "ca.key", "csr", "ext")]
    ca, cert, key, ca_key, csr, ext = paths
    with open(ext, "w", encoding="ascii") as file:
        file.write("subjectAltName=%s\n" % names)
    for command in (
            ["req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", ca_key, "-out",
             ca, "-subj", "/CN=test CA", "-days", "2"],
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key, "-out", csr, "-subj", "/CN=ssm"],
            ["x509", "-req", "-in", csr, "-CA", ca, "-CAkey", ca_key,
             "-CAcreateserial", "-out", cert, "-extfile", ext, "-days", "2"]):
        subprocess.run(["openssl", *command], check=True,
                       capture_output=True)
    return ca, cert, key


class AwsTest(unittest.TestCase):
    SOURCE = "ssm-path:" + PREFIX
    TLS = False

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aws-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.table = os.path.join(self.folder, "table")
        self.ca = None
        tls = None
        if self.TLS:
            self.ca, *tls = certificates(self.folder)
        self.aws = AwsStandIn(tls=tls)
        self.addCleanup(self.aws.stop)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": self.folder,
            "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2", "G_DEBUG": "fatal-criticals",
        }
        if self.ca:
            self.env["AWS_CA_BUNDLE"] = self.ca
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.keys(*next(iter(self.aws.keys.items())))
        self.configure()

    def keys(self, key, secret):
        self.env["AWS_ACCESS_KEY_ID"] = key
        self.env["AWS_SECRET_ACCESS_KEY"] = secret

    def no_keys(self):
        del self.env["AWS_ACCESS_KEY_ID"], self.env["AWS_SECRET_ACCESS_KEY"]

    def configure(self, source=None, more="", rate=1000, interval=1, **sync):
        settings = {"source": source or self.SOURCE, "region": "eu-west-1",
                    "ssm_endpoint": self.aws.url + "/",
                    "sts_endpoint": self.aws.url + "/"}
        settings.update(sync)
        group = "".join('\t%s = %s;\n' % (
            name, json.dumps(value)) for name, value in settings.items()
                        if value is not None)
        self.config = os.path.join(self.folder, "aliasbridge.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write('domains = [ "a.example", "b.example" ];\n'
                       'bounce_address = "bounces@a.example";\n'
                       'table = "%s";\n%s\nsync: {\n%s'
                       '\trequests_per_second = %d;\n\tinterval = %d;\n};\n'
                       % (self.table, more, group, rate, interval))

    def write(self, name, value):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str)
                       else json.dumps(value))
        return path

    def program(self, name):
        path = os.path.join(BUILD, "aliasbridge-" + name)
        return path if os.path.exists(path) \
            else os.path.join(BUILD, "aliasbridge")

    def command(self, name, *arguments):
        path = self.program(name)
        own = [] if path.endswith("aliasbridge-" + name) else [name]
        return [path, *own, "--config", self.config, *arguments]

    def run_program(self, name, *arguments, code=OK, text="", env=None):
        done = subprocess.run(
            self.command(name, *arguments), env={**self.env, **(env or {})},
            input=text, capture_output=True, text=True, timeout=120,
            check=False)
        self.out, self.err = done.stdout, done.stderr
        self.assertEqual(done.returncode, code,
                         "exit code of %s:\n%s%s" % (name, self.out,
                                                     self.err))
        for secret in self.secrets():
            self.assertNotIn(secret, self.out + self.err, "a secret is told")
        return self.out + self.err

    def secrets(self):
        found = [v for v in self.aws.keys.values()]
        found += [v for v in self.aws.tokens.values() if v]
        return found + [v for v in (self.aws.container_token,
                                    self.aws.web_token) if v]

    def sync(self, *arguments, **more):
        return self.run_program("sync", *arguments, **more)

    def state(self):
        with open(os.path.join(self.table, "state.json"),
                  encoding="utf-8") as file:
            return json.load(file)

    def cached(self):
        """aliases.json, as a dictionary."""
        with open(os.path.join(self.table, "aliases.json"),
                  encoding="utf-8") as file:
            return json.load(file)

    def files(self):
        """What is in the folder of the table: inode, time and size."""
        found = {}
        for name in sorted(os.listdir(self.table)):
            status = os.stat(os.path.join(self.table, name))
            if name != "synced":
                found[name] = (status.st_ino, status.st_mtime_ns,
                               status.st_size)
        return found

    def query(self, address):
        """The targets by the compiled table, or None."""
        done = subprocess.run(
            [os.path.join(BUILD, "aliasbridge"), "query", "--config",
             self.config, address], env=self.env, capture_output=True,
            text=True, timeout=20, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout.strip() if done.returncode == 0 else None

    def assertTable(self, want):
        """The table in use, in all its files, is this one."""
        self.assertEqual(self.cached(), want)
        for key, value in list(want.items())[:5]:
            targets = value if isinstance(value, list) else value["targets"]
            self.assertEqual(self.query(key), ", ".join(targets), key)


def aliases(count, start=0, domain="a.example"):
    return {"alias%d@%s" % (i, domain): ["me%d@mail.example" % i]
            for i in range(start, start + count)}
