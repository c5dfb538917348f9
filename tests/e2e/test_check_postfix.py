#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""aliasbridge check --postfix over a real Postfix: the pieces of conf/ are
good in all three ways, and what is broken in them is named."""
import grp
import os
import pathlib
import pwd
import shutil
import subprocess
import unittest

import harness

ALIASES = {f"shop@{harness.DOMAIN}": ["me@target.test"],
           "postmaster": ["me@target.test"]}
# What is set, and the harm of it.
BROKEN = [
    ("milter_default_action=accept", "lose"),
    ("smtp_tls_security_level=encrypt", "leak"),
    (f"relay_domains={harness.DOMAIN}", "loop"),
    ("smtputf8_enable=yes", "bounce"),
    ("message_size_limit=0", "bounce"),
    ("virtual_transport=retry:", "bounce"),
    ("aliasbridge_destination_recipient_limit=50", "stop"),
    ("aliasbridge_time_limit=60s", "bounce"),
    ("sender_dependent_default_transport_maps=", "lose"),
    ("virtual_mailbox_maps=", "bounce"),
    (f"virtual_alias_maps=inline:{{ {{shop@{harness.DOMAIN}=me@x.test}} }}",
     "leak"),
    ("recipient_delimiter=-", "bounce"),
    ("swap_bangpath=yes", "deliver mail twice"),
    ("allow_percent_hack=yes", "deliver mail twice"),
    ("myorigin=elsewhere.test", "bounce"),
    ("smtp_destination_recipient_limit=51", "bounce"),
]


class CheckPostfix(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("a private Postfix needs root")
        self.sites = []

    def tearDown(self):
        for site in self.sites:
            shutil.rmtree(site.base)

    def site(self, way, settings=None):
        """Set up, not started."""
        site = harness.Site(ALIASES, settings, {}, way)
        self.sites.append(site)
        site.build(ALIASES)
        return site

    @staticmethod
    def check(site):
        done = site.command("check", "--postfix", "-c",
                            str(site.postfix.etc))
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def test_three_ways(self):
        for way, settings in (
                ("milter-agent", {}), ("agent", {}),
                ("milter", {"several_aliases": "defer", "bounce_domain": None,
                            "bounce_address": harness.BOUNCE_ADDRESS})):
            with self.subTest(way):
                code, text = self.check(self.site(way, settings))
                self.assertEqual(code, 0, text)
                self.assertNotIn("put:", text)
                self.assertIn(f"Postfix: {self.sites[-1].postfix.etc}\n"
                              "  nothing that would lose", text)

    def test_broken(self):
        site = self.site("milter-agent")
        main = site.postfix.etc / "main.cf"
        good = main.read_text()
        for setting, harm in BROKEN:
            with self.subTest(setting):
                subprocess.run(["postconf", "-c", str(site.postfix.etc),
                                "-e", setting], check=True)
                code, text = self.check(site)
                main.write_text(good)
                self.assertEqual(code, 1, text)
                name = setting.split("=")[0]
                self.assertRegex(text, rf"{name} = .*: would {harm}")
        self.assertEqual(self.check(site)[0], 0)

    def test_agent_may_not_read(self):
        site = self.site("agent")
        secrets = site.base / "secrets"
        secrets.chmod(0o600)
        code, text = self.check(site)
        self.assertEqual(code, 1, text)
        self.assertIn(f"user nobody cannot read {secrets}: Permission denied",
                      text)
        self.assertIn(f"    put: chmod g+r {secrets}\n", text)
        self.assertEqual(text.count("error:"), 1, text)
        secrets.chmod(0o640)
        self.assertEqual(self.check(site)[0], 0)

    def test_folder_in_the_way(self):
        """It is named, once, with what mends it; behind a link, too."""
        site = self.site("agent")
        secrets, folder = site.base / "secrets", site.base / "closed"
        folder.mkdir(0o700)
        (folder / "inner").mkdir(0o755)
        secrets.rename(folder / "inner" / "secrets")
        secrets.symlink_to(folder / "inner" / "secrets")
        group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid)
        for mode, owners, put in (
                (0o700, 0, f"chgrp {group.gr_name} {folder}; "
                           f"chmod g+x {folder}"),
                (0o700, group.gr_gid, f"chmod g+x {folder}"),
                # Another group uses it.
                (0o710, 0, f"chmod o+x {folder}")):
            with self.subTest(put):
                os.chown(folder, 0, owners)
                folder.chmod(mode)
                code, text = self.check(site)
                self.assertEqual(code, 1, text)
                self.assertIn(
                    f"user nobody cannot read {secrets}: {folder} is not "
                    f"searchable for user nobody\n    put: {put}\n", text)
                self.assertEqual(text.count("error:"), 1, text)
                subprocess.run(["/bin/sh", "-ec", put], check=True)
                code, text = self.check(site)
                self.assertEqual(code, 0, text)

    def test_agent_has_one_group(self):
        """pipe(8) leaves its user none of the supplementary ones."""
        if subprocess.run(["unshare", "--mount", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("another /etc/group needs a mount namespace")
        site = self.site("agent")
        groups = site.base / "group"
        groups.write_text(pathlib.Path("/etc/group").read_text("utf-8")
                          + f"{site.base.name}:x:54321:nobody\n")
        secrets = site.base / "secrets"
        os.chown(secrets, 0, 54321)
        done = subprocess.run(
            ["unshare", "--mount", "/bin/sh", "-ec",
             'mount --bind "$0" /etc/group; exec "$@"', groups,
             *site.line("check", "--postfix", "-c", str(site.postfix.etc))],
            capture_output=True, text=True, check=False)
        self.assertIn(f"user nobody cannot read {secrets}: Permission denied",
                      done.stderr)
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_milter_needs_no_password(self):
        site = self.site("milter-agent", {
            "milter.user": "nobody", "relay": "ses",
            "ses.host": "email-smtp.eu-west-1.amazonaws.com",
            "ses.user": "AKIA", "ses.password_file": "ses-password"})
        password = site.base / "ses-password"
        password.write_text("secret")
        password.chmod(0o600)
        done = site.command("check")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        code, text = self.check(site)
        self.assertIn(f"user nobody cannot read {password}", text)
        self.assertEqual((code, text.count("error:")), (1, 1), text)

    def test_table_that_cannot_be_asked(self):
        site = self.site("agent")
        (site.base / "table" / "domains.cdb").unlink()
        code, text = self.check(site)
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"domains: postmap failed: .*No such file")
        self.assertEqual(text.count("postmap failed"), 1, text)

    def test_postmap_fails_always(self):
        """Whichever table is asked for whichever key."""
        site = self.site("milter-agent")
        with open(site.postfix.etc / "main.cf", "a") as main:
            main.write("hash_queue_depth = x\n")
        code, text = self.check(site)
        self.assertEqual(code, 1, text)
        self.assertEqual(text.count("hash_queue_depth"), 1, text)

    def test_main_cf_says_it_twice(self):
        # As after pieces of conf/ were appended: Postfix warns of it.
        site = self.site("milter-agent")
        with open(site.postfix.etc / "main.cf", "a") as main:
            main.write("biff = yes\nbiff = no\n")
        code, text = self.check(site)
        self.assertEqual(code, 0, text)
        self.assertNotIn("postmap", text)
        (site.base / "table" / "domains.cdb").unlink()
        code, text = self.check(site)
        self.assertEqual(code, 1, text)
        self.assertRegex(
            text, r"domains: postmap failed: postmap: fatal: .*No such file")

    def test_no_password_yet(self):
        site = self.site("agent")
        password = site.postfix.etc / "nowhere"
        subprocess.run(["postconf", "-c", str(site.postfix.etc), "-e",
                        f"smtp_sasl_password_maps=texthash:{password}"],
                       check=True)
        code, text = self.check(site)
        self.assertEqual(code, 1, text)
        self.assertIn(f"put: aliasbridge smtp-password --postfix {password}\n",
                      text)
        self.assertNotIn("postmap failed", text)

    def test_no_postfix(self):
        site = self.site("agent")
        shutil.rmtree(site.postfix.etc)
        code, text = self.check(site)
        self.assertEqual(code, 75, text)


if __name__ == "__main__":
    unittest.main()
