# SPDX-License-Identifier: MIT
"""Mail as it should not be, through the real Postfix.

Nothing may crash, pass unrewritten, be lost, or reach a target twice.
"""
import email.header
import re
import time
import unittest

import harness
from harness import DOMAIN, crlf, without_received

TARGET = "me@target.test"
HEADER = b"""From: Jane Doe <jane@sender.test>
To: shop@alias.test
Subject: hello
Message-ID: <1@sender.test>
Date: Tue, 24 Nov 2026 04:00:00 +0000
"""
MESSAGE = HEADER + b"\ntext\n"
MANY = 60

# What a message without them is given, and when it is previewed later.
VOLATILE = re.compile(rb"(?im)^(Message-ID|Date):.*\r\n(?:[ \t].*\r\n)*")


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


class BadInput(harness.SiteTest):
    aliases = {
        "shop@alias.test": [TARGET],
        "pair@alias.test": ["one@target.test", "two@target.test"],
        "twice@alias.test": [TARGET, "me@TARGET.test"],
        "friendly@alias.test": ["friend@ordinary.test"],
        "off@alias.test": {"targets": [TARGET], "enabled": False},
        **{f"many{n}@alias.test": [f"t{n}@target.test"]
           for n in range(1, MANY + 1)},
    }

    def setUp(self):
        super().setUp()
        self.milter_pid = self.site.milter.pid

    def tearDown(self):
        self.assertTrue(self.site.milter.is_running(), self.site.milter.log())
        self.assertEqual(self.site.milter.pid, self.milter_pid)
        for mail in self.site.ses.mails():
            self.assertRegex(mail.header("From"), DOMAIN)
            self.assertNotIn("sender.test", mail.sender.partition("@")[2])

    def _forwarded(self, octets, alias="shop@alias.test", **more):
        """Forwarded to TARGET, and as preview shows it."""
        mail = self.assert_forwarded(octets, alias, [TARGET], **more)
        self._as_preview(mail, octets, alias)
        return mail

    def _as_preview(self, mail, octets, alias):
        # Postfix adds a Received field; nothing else differs.
        got = without_received(mail.octets)
        want = self.site.preview(crlf(octets), alias)
        if not VOLATILE.search(crlf(octets)):
            got, want = VOLATILE.sub(b"", got), VOLATILE.sub(b"", want)
        self.assertEqual(got, want)

    # --- shape of the message ---------------------------------------------
    def test_ordinary(self):
        mail = self._forwarded(MESSAGE)
        self.assertIn("<shop@alias.test>", mail.header("From"))
        self.assertIn("Jane Doe", mail.header("From"))
        self.assertTrue(mail.sender.startswith("SRS0="), mail.sender)

    def test_no_header(self):
        self._forwarded(b"\njust a body\n")

    def test_no_body(self):
        # Postfix sends on no empty line where there was none.
        mail = self.assert_forwarded(HEADER, "shop@alias.test", [TARGET])
        self.assertEqual(
            without_received(mail.octets) + b"\r\n",
            self.site.preview(crlf(HEADER), "shop@alias.test"))

    def test_no_body_but_the_empty_line(self):
        self._forwarded(HEADER + b"\n")

    def test_empty(self):
        self._forwarded(b"")

    def test_empty_line_only(self):
        self._forwarded(b"\n")

    # --- From ---------------------------------------------------------------
    def _from(self, line):
        return self._forwarded(
            line + MESSAGE.partition(b"\n")[2]).header("From")

    def test_no_from(self):
        self.assertIn("shop@alias.test", self._from(b""))

    def test_two_from(self):
        octets = b"From: other@sender.test\n" + MESSAGE
        mail = self._forwarded(octets)
        self.assertEqual(len(mail.message.get_all("From")), 1)

    def test_several_authors(self):
        self._from(b"From: a@sender.test, B <b@sender.test>\n"
                   b"Sender: a@sender.test\n")

    def test_from_group(self):
        self._from(b"From: Managing Partners: ben@sender.test;\n")

    def test_from_empty_group(self):
        self._from(b"From: nobody:;\n")

    def test_hostile_names(self):
        encoded = (b"=?utf-8?q?Evil=0D=0ABcc:_victim@target.test?=",
                   b"=?utf-8?b?" b"4oCuZXZpbA==" b"?=",
                   b"=?iso-8859-1?q?J=FCrgen_M=FCller?=",
                   b"=?koi8-r?B?8NLJ18XU?=",
                   b"=?x-unknown?q?=FF=FE?=",
                   b"=?utf-8?q?unfinished",
                   b'"quoted \\" quote"', b'"comma, and <angle@sender.test>"',
                   b'"unbalanced', b"a@b.test <c@d.test>", b"(comment (deep",
                   b"J\xc3\xbcrgen", b"J\xfcrgen", b"\xe2\x80\xae gnitsop",
                   b"tab\tand\x07bell", b"x" * 900)
        for name in encoded:
            with self.subTest(name=name):
                self.site.clear()
                line = self._from(b"From: " + name + b" <jane@sender.test>\n")
                shown = decoded(line)
                self.assertIn("<shop@alias.test>", line)
                self.assertTrue(line.isascii())
                self.assertNotRegex(shown, "[\r\n\0\u202a-\u202e\u2066-\u2069]")

    # --- recipients in the header -----------------------------------------
    def _to(self, lines):
        return self._forwarded(MESSAGE.replace(
            b"To: shop@alias.test\n", lines)).message

    def test_no_to(self):
        self._to(b"")

    def test_undisclosed(self):
        self._to(b"To: undisclosed-recipients:;\n")

    def test_alias_in_bcc_only(self):
        message = self._to(b"To: other@sender.test\nBcc: shop@alias.test\n")
        self.assertEqual(message["To"], "other@sender.test")
        self.assertIsNone(message["Bcc"])

    def test_to_of_another(self):
        message = self._to(b"To: Other <other@sender.test>\n")
        self.assertEqual(message["To"], "Other <other@sender.test>")

    def test_broken_to(self):
        self._to(b"To: a b c <<<>, \"x\n")

    # --- RCPT ---------------------------------------------------------------
    def test_spellings(self):
        for path in ("SHOP@Alias.TEST", '<"shop"@alias.test>',
                     "<@relay.test:shop@alias.test>", "shop+news@alias.test",
                     "<@a.test,@b.test:ShOp+X@alias.test>"):
            with self.subTest(path=path):
                self.site.clear()
                mail = self.assert_forwarded(MESSAGE, path, [TARGET])
                self.assertIn("@alias.test", mail.header("From").lower())

    def test_unknown(self):
        self.assert_refused(
            MESSAGE, "nobody@alias.test", 550,
            "5.1.1 This email address is not accepted by this domain.")

    def test_disabled(self):
        self.assert_refused(MESSAGE, "off@alias.test", 550)

    def test_foreign(self):
        self.assert_refused(MESSAGE, "x@elsewhere.test", 554)

    def test_21_unknown(self):
        answer = self.site.send(
            MESSAGE, [f"no{n}@alias.test" for n in range(21)])
        codes = {code for code, _ in answer.recipients.values()}
        self.assertEqual(codes, {550, 421})  # after 20 Postfix hangs up
        self._forwarded(MESSAGE)

    def test_unknown_beside_known(self):
        answer = self.site.send(MESSAGE, ["nobody@alias.test",
                                          "shop@alias.test"])
        self.assertEqual(answer.recipients["nobody@alias.test"][0], 550)
        self.assertEqual(answer.code, 250)
        self.site.postfix.wait_empty()
        self.assertEqual([mail.recipients for mail in self.site.ses.mails()],
                         [[TARGET]])

    def _targets(self, aliases):
        answer = self.site.send(MESSAGE, aliases)
        self.assertEqual(answer.code, 250, answer)
        self.site.postfix.wait_empty()
        self.assertEqual(self.site.ses.refused(), [])
        return sorted(target for mail in
                      self.site.ses.mails() + self.site.sink.mails()
                      for target in mail.recipients)

    def test_same_alias_twice(self):
        self.assertEqual(self._targets(["shop@alias.test",
                                        "SHOP@alias.test",
                                        "shop@alias.test"]), [TARGET])

    def test_two_targets(self):
        self.assertEqual(self._targets(["pair@alias.test"]),
                         ["one@target.test", "two@target.test"])

    def test_same_target_twice(self):
        self.assertEqual([target.lower() for target in
                          self._targets(["twice@alias.test"])], [TARGET])

    def test_target_is_ordinary_recipient(self):
        for order in (1, -1):
            self.site.clear()
            self.assertEqual(
                self._targets(["friendly@alias.test",
                               "Friend@Ordinary.test"][::order]),
                ["Friend@Ordinary.test"])
            # Once, from the alias.
            senders = [mail.sender.partition("@")[2]
                       for mail in self.site.sink.mails()]
            self.assertEqual(senders, [DOMAIN])

    def test_60_recipients(self):
        self.assertEqual(
            self._targets([f"many{n}@alias.test"
                           for n in range(1, MANY + 1)]),
            sorted(f"t{n}@target.test" for n in range(1, MANY + 1)))

    # --- the session --------------------------------------------------------
    def test_rset(self):
        client = self.site.client()
        client.docmd("MAIL FROM:<a@sender.test>")
        client.docmd("RCPT TO:<pair@alias.test>")
        self.assertEqual(client.rset()[0], 250)
        answer = self.site.send(MESSAGE, ["shop@alias.test"], client=client)
        client.close()
        self.assertEqual(answer.code, 250)
        self.site.postfix.wait_empty()
        self.assertEqual([mail.recipients for mail in self.site.ses.mails()],
                         [[TARGET]])

    def test_two_messages_in_a_session(self):
        client = self.site.client()
        for alias in ("shop@alias.test", "pair@alias.test"):
            self.assertEqual(self.site.send(MESSAGE, [alias],
                                            client=client).code, 250)
        client.close()
        self.site.postfix.wait_empty()
        self.assertEqual(
            sorted(mail.recipients for mail in self.site.ses.mails()),
            [[TARGET], ["one@target.test", "two@target.test"]])

    def test_refused_then_accepted_in_a_session(self):
        client = self.site.client()
        for alias, code in (("nobody@alias.test", 550),
                            ("shop@alias.test", 250),
                            ("off@alias.test", 550),
                            ("shop@alias.test", 250)):
            self.assertEqual(self.site.send(MESSAGE, [alias],
                                            client=client).code, code)
        client.close()
        self.site.postfix.wait_empty()
        self.assertEqual(len(self.site.ses.mails()), 2)

    def test_client_gone_in_mid_body(self):
        client = self.site.client()
        client.docmd("MAIL FROM:<a@sender.test>")
        client.docmd("RCPT TO:<shop@alias.test>")
        self.assertEqual(client.docmd("DATA")[0], 354)
        client.sock.sendall(crlf(MESSAGE) + b"half a line")
        client.close()
        time.sleep(0.3)
        self.site.postfix.wait_empty()
        self.assertEqual(self.site.ses.mails(), [])
        self._forwarded(MESSAGE)

    # --- sizes and octets -------------------------------------------------
    def test_70_kb_header_field(self):
        # Postfix cuts at 60,000; what was cut is not known, so: no.
        octets = b"X-Long: " + b"word " * 14000 + b"\n" + MESSAGE
        self.assert_refused(octets, "shop@alias.test", 554)

    def test_50_kb_of_8bit(self):
        # As encoded-words it would be longer than Postfix takes.
        words = [b"\xe9\xe8\x80%d" % n for n in range(6000)]
        octets = MESSAGE.replace(b"hello", b"\n ".join(words))
        mail = self._forwarded(octets)
        pieces = mail.message.get_all("X-Original-Subject")
        for piece in pieces:
            self.assertLessEqual(len(piece), 32000)
        whole = "".join(decoded(piece) for piece in pieces)
        beginning = decoded(mail.header("Subject"))
        self.assertEqual("".join(whole.split()),
                         b"".join(words).decode("cp1252"))
        self.assertTrue(whole.strip().startswith(beginning), beginning)

    def test_70_kb_header_in_all(self):
        octets = b"".join(b"X-%d: %s\n" % (n, b"word " * 190)
                          for n in range(70)) + MESSAGE
        self._forwarded(octets)

    def test_500_headers(self):
        octets = b"".join(b"X-%d: value\n" % n for n in range(500)) + MESSAGE
        self._forwarded(octets)

    def test_nul(self):
        octets = MESSAGE.replace(b"hello", b"hel\0lo") + b"a\0b\n"
        mail = self.assert_forwarded(octets, "shop@alias.test", [TARGET])
        self.assertEqual(mail.header("Subject").replace(" ", ""), "hello")
        self.assertNotIn(b"\0", mail.octets)

    def test_lone_cr(self):
        octets = crlf(MESSAGE).replace(b"hello", b"hel\rlo") + b"a\rb\r\n"
        mail = self.assert_forwarded(octets, "shop@alias.test", [TARGET],
                                     raw=True)
        self.assertNotRegex(mail.octets, rb"\r(?!\n)")

    def test_lone_lf(self):
        octets = crlf(MESSAGE) + b"one\ntwo\r\n"
        mail = self.assert_forwarded(octets, "shop@alias.test", [TARGET],
                                     raw=True)
        self.assertTrue(mail.octets.endswith(b"one\r\ntwo\r\n"))

    def test_smuggling(self):
        octets = crlf(MESSAGE) + b"\n.\nMAIL FROM:<evil@sender.test>\n"
        self.assert_forwarded(octets, "shop@alias.test", [TARGET], raw=True)

    def test_smtputf8_sender(self):
        client = self.site.client()
        self.assertFalse(client.has_extn("smtputf8"))
        code, _ = client.docmd("MAIL FROM:<a@sender.test> SMTPUTF8")
        self.assertEqual(code, 555)
        client.close()

    def test_8_bit_sender(self):
        client = self.site.client()
        client.sock.sendall("MAIL FROM:<j\u00fcr@sender.test>\r\n".encode())
        self.assertEqual(client.getreply()[0], 250)
        self.assertEqual(client.docmd("RCPT TO:<shop@alias.test>")[0], 250)
        self.assertEqual(client.data(crlf(MESSAGE))[0], 250)
        client.close()
        mail, = self.site.ses.wait(1)
        self.assertTrue(mail.sender.isascii())
        self.assertTrue(mail.sender.endswith("@" + DOMAIN), mail.sender)

    def test_8_bit_body(self):
        self._forwarded(HEADER + b"MIME-Version: 1.0\n"
                        b"Content-Type: text/plain; charset=utf-8\n"
                        b"Content-Transfer-Encoding: 8bit\n\n"
                        b"gr\xc3\xbc\xc3\x9fe\n",
                        mail_options=["BODY=8BITMIME"])

    def test_long_body_line(self):
        self._forwarded(HEADER + b"\n" + b"word " * 1000 + b"\n")

    def test_null_sender(self):
        mail = self.assert_forwarded(MESSAGE, "shop@alias.test", [TARGET],
                                     sender="")
        self.assertTrue(mail.sender.endswith("@" + DOMAIN), mail.sender)


class Forms:
    """Recipients without a domain, or with one that only Postfix sees.

    Each is refused, or it is what Postfix makes of it: once, rewritten."""
    aliases = {"shop@alias.test": [TARGET],
               "postmaster": ["pm@target.test"]}
    targets = {"shop": TARGET, "postmaster": "pm@target.test"}
    # "%s" is a mailbox at alias.test; what leads there without saying so
    forms = ["<alias.test!%s>", "<%s%%alias.test>", '<"%s@alias.test">',
             "<alias.test!%s@mx.test>", "<%s%%alias.test@mx.test>",
             '<"%s@alias.test"@mx.test>', '<"alias.test!%s"@mx.test>']
    # those that are forwarded here; the rest are refused
    forwarded = ()

    def _send(self, recipients):
        """The replies, and what was delivered, each with From's address."""
        self.site.clear()
        seen = len(self.site.postfix.log())
        answer = self.site.send(MESSAGE, recipients)
        self.site.postfix.wait_empty()
        self.assertEqual(re.findall(
            "to=<.*status=(?:bounced|deferred|expired).*",
            self.site.postfix.log()[seen:]), [])
        self.assertEqual(self.site.ses.refused(), [])
        return ([code for code, _ in answer.recipients.values()],
                [(mail.recipients, mail.header("From").rpartition(" ")[2])
                 for mail in self.site.ses.mails() + self.site.sink.mails()])

    def _one(self, mailbox="shop"):
        return [([self.targets[mailbox]], f"<{mailbox}@alias.test>")]

    def test_unknown(self):
        for form in self.forms:
            with self.subTest(form=form):
                (code,), mails = self._send([form % "nobody"])
                self.assertIn(code, (550, 554))
                self.assertEqual(mails, [])

    def test_known(self):
        for form in self.forms:
            with self.subTest(form=form):
                (code,), mails = self._send([form % "shop"])
                self.assertEqual(
                    (code, mails),
                    (250, self._one()) if form in self.forwarded
                    else (554, []))

    def test_beside_the_alias(self):
        for form in self.forms:
            for order in (1, -1):
                with self.subTest(form=form, order=order):
                    codes, mails = self._send(
                        ["shop@alias.test", form % "shop"][::order])
                    self.assertIn(250, codes)
                    self.assertEqual(mails, self._one())


class AliasOrigin(Forms):
    """A name without domain is at the alias domain."""

    def test_no_domain(self):
        self.assertEqual(self._send(["<shop>"]), ([250], self._one()))
        self.assertEqual(self._send(["<nobody>"]), ([550], []))
        self.assertEqual(self._send(["<shop>", "shop@alias.test"]),
                         ([250, 250], self._one()))

    def test_postmaster(self):
        for path in ("<postmaster>", "<Postmaster>"):
            self.assertEqual(self._send([path]),
                             ([250], self._one("postmaster")))
        self.site.build({"shop@alias.test": [TARGET]})
        try:
            time.sleep(3)  # a removal may take effect within two seconds
            self.assertEqual(self._send(["<postmaster>"]), ([550], []))
        finally:
            self.site.build(self.aliases)


MILTER_ALONE = {"several_aliases": "defer", "secrets": None,
                "bounce_domain": None,
                "bounce_address": harness.BOUNCE_ADDRESS}
OLD_FORMS = {"swap_bangpath": "yes", "allow_percent_hack": "yes"}


class FormsMilterAgent(AliasOrigin, harness.SiteTest):
    forwarded = ['<"%s@alias.test">']


class FormsMilter(AliasOrigin, harness.SiteTest):
    way = "milter"
    settings = MILTER_ALONE
    forwarded = ['<"%s@alias.test">']


class OldFormsMilter(AliasOrigin, harness.SiteTest):
    """Where Postfix still takes them for routes."""
    way = "milter"
    settings = MILTER_ALONE
    main_cf = OLD_FORMS
    forwarded = Forms.forms[:3]


class OldFormsLocalOrigin(Forms, harness.SiteTest):
    """A name without domain is at another one, where mail is delivered."""
    main_cf = dict(OLD_FORMS, myorigin="mx.test", mydestination="mx.test",
                   local_transport="$relay_transport")
    forwarded = Forms.forms

    def test_no_domain(self):
        for name in ("shop", "postmaster"):
            self.assertEqual(
                self._send([f"<{name}>"]),
                ([250], [([f"{name}@mx.test"], "<jane@sender.test>")]))


class FormsForeignOrigin(Forms, harness.SiteTest):
    """... or at one that is none of ours."""
    way = "milter"
    settings = MILTER_ALONE
    main_cf = {"myorigin": "mx.test"}
    forwarded = ['<"%s@alias.test">']

    def test_no_domain(self):
        self.assertEqual(self._send(["<shop>"]), ([554], []))


del AliasOrigin  # no test by itself

if __name__ == "__main__":
    unittest.main()
