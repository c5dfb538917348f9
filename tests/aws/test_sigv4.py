# SPDX-License-Identifier: MIT
"""AWS's own test vectors: what we send for them, and what the stand-in's
verifier makes of them."""
import calendar
import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
import time
import unittest

from awstest import BUILD, HERE
from aws import signature

with open(os.path.join(HERE, "sigv4_vectors.json"), encoding="utf-8") as _file:
    SUITE = json.load(_file)


class Vectors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shim = os.path.join(folder.name, "time.so")
        subprocess.run([os.environ.get("CC", "cc").split()[0], "-shared",
                        "-fPIC", "-o", self.shim,
                        os.path.join(HERE, "time_shim.c")], check=True)
        self.seen = seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                seen.append(self)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_GET = do_POST = answer

            def log_message(self, *arguments):
                pass
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def headers(self, vector):
        found = [(n, v) for n, v in vector["headers"]]
        if "token" in vector:
            found.append(("X-Amz-Security-Token", vector["token"]))
        return found

    def send(self, vector):
        seconds = calendar.timegm(time.strptime(SUITE["time"],
                                                "%Y%m%dT%H%M%SZ"))
        env = {**os.environ, "LD_PRELOAD": self.shim,
               "FIXED_TIME": str(seconds),
               "AWS_ACCESS_KEY_ID": SUITE["key"][0],
               "AWS_SECRET_ACCESS_KEY": SUITE["key"][1]}
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + \
            ":verify_asan_link_order=0"
        own = ["%s: %s" % item for item in self.headers(vector)]
        subprocess.run(
            [os.path.join(BUILD, "tests/aws/sigv4_send"), vector["method"],
             "http://%s%s" % (SUITE["host"], vector["target"]),
             SUITE["region"], SUITE["service"],
             "127.0.0.1:%d" % self.server.server_address[1], *own],
            env=env, check=True, timeout=30)
        return self.seen[-1]

    def test_what_we_send(self):
        for vector in SUITE["vectors"]:
            with self.subTest(vector["name"]):
                request = self.send(vector)
                self.assertEqual(request.path, vector["target"])
                found = re.search("Signature=([0-9a-f]+)",
                                  request.headers["Authorization"])
                self.assertEqual(found[1], vector["signature"])

    def test_verifier(self):
        for vector in SUITE["vectors"]:
            with self.subTest(vector["name"]):
                headers = [("Host", SUITE["host"]),
                           ("X-Amz-Date", SUITE["time"]),
                           *self.headers(vector)]
                self.assertEqual(
                    signature(vector["method"], "http://%s%s" % (
                        SUITE["host"], vector["target"]), headers, b"",
                              SUITE["key"], SUITE["region"],
                              SUITE["service"]), vector["signature"])


if __name__ == "__main__":
    unittest.main()
