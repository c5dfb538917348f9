# SPDX-License-Identifier: MIT
"""A milter under test: its folder, configuration, table and process."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = os.environ.get("top_builddir", os.getcwd())
DOMAIN = "alias.test"


class Milter:
    """Started by start(), in a folder of its own, on a unix socket there."""

    def __init__(self, config=None, table=None, socket=None, env=None):
        self.folder = tempfile.mkdtemp(prefix="milter-")
        self.socket = socket or "unix:" + self.path("milter.sock")
        self.config_path = self.path("aliasbridge.conf")
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        os.mkdir(self.path("table"))
        os.mkdir(self.path("spool"))
        self.configure(config)
        if table is not None:
            self.build(table)

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, options=None, domains=(DOMAIN,), text=""):
        """Write the configuration: options by name over the defaults."""
        values = {
            "domains": list(domains),
            "bounce_address": "bounces@" + DOMAIN,
            "table": self.path("table"),
            "milter.socket": self.socket,
            "milter.spool": self.path("spool"),
        }
        values.update(options or {})
        groups, lines = {}, []
        for name, value in values.items():
            group, _, option = name.rpartition(".")
            line = "%s = %s;" % (option, json.dumps(value))
            if group:
                groups.setdefault(group, []).append(line)
            else:
                lines.append(line)
        for group, inner in groups.items():
            lines.append("%s: { %s };" % (group, " ".join(inner)))
        with open(self.config_path, "w") as f:
            f.write("\n".join(lines) + "\n" + text)

    def build(self, table):
        """Compile a table (a dict); the running milter will notice it."""
        source = self.path("aliases.json")
        with open(source, "w") as f:
            json.dump(table, f)
        subprocess.run(
            [os.path.join(BUILD, "aliasbridge"), "build",
             "--config", self.config_path, source],
            check=True, env=self.env, stdout=subprocess.DEVNULL)

    def start(self, *arguments):
        self.log_file = open(self.path("log"), "a")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "aliasbridge-milter"),
             "--config", self.config_path, "--stderr", *arguments],
            stdout=subprocess.DEVNULL, stderr=self.log_file, env=self.env)
        self.wait_for(" started")
        return self

    def log(self):
        with open(self.path("log"), encoding="utf-8") as f:
            return f.read()

    def wait_for(self, words, count=1, seconds=20):
        """Until words stand in the log count times."""
        end = time.monotonic() + seconds
        while self.log().count(words) < count:
            if time.monotonic() > end:
                raise TimeoutError("no %r in the log:\n%s"
                                   % (words, self.log()))
            if self.process.poll() is not None:
                raise RuntimeError("the milter ended:\n" + self.log())
            time.sleep(0.02)

    def reload(self, words):
        """SIGUSR1, until words stand in the log once more."""
        count = self.log().count(words)
        self.process.send_signal(signal.SIGUSR1)
        self.wait_for(words, count + 1)

    def wait(self):
        """Until it has ended; the exit status."""
        status = self.process.wait(60)
        self.log_file.close()
        return status

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.wait()

    def discard(self):
        """Remove the folder, and the process if it is still there."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.wait()
        shutil.rmtree(self.folder)
