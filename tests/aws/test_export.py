# SPDX-License-Identifier: MIT
"""export and import: json, virtual, csv, there and back."""
import json
import os
import subprocess
import unittest

from awstest import NO, TEMPORARY, USAGE, AwsTest

TABLE = {
    "shop@a.example": ["me@mail.example", "you@mail.example"],
    "old@a.example": {"targets": ["me@mail.example"], "enabled": False,
                      "reject": "550 5.7.1 Closed, \"for good\"",
                      "comment": "two\nlines; caf\u00e9"},
    "list@b.example": {"targets": ["me@mail.example"],
                       "senders": ["*@shop.example", "x@y.example"],
                       "from_name": "List", "subject_prefix": "[list] "},
    "late@a.example": {"targets": ["me@mail.example"],
                       "expires": "2099-01-01"},
    "@b.example": ["all@mail.example"],
    "postmaster": ["me@mail.example"],
    "quoted@a.example": ['"a b"@mail.example'],
}


class Export(AwsTest):
    def setUp(self):
        super().setUp()
        path = self.write("aliases.json", TABLE)
        self.configure("file:" + path)
        self.sync()

    def export(self, form, **more):
        self.run_program("export", "--format", form, **more)
        return self.out

    def back(self, form, text, code=0):
        path = self.write("table." + form, text)
        self.run_program("import", "--format", form, path, code=code)
        return self.out

    def records(self, text):
        """What the compiled table says of it."""
        self.configure("file:" + self.write("back.json", text))
        self.sync("--force")
        return self.export("csv")

    def test_json(self):
        want = self.export("csv")
        text = self.export("json")
        self.assertEqual(json.loads(text)["shop@a.example"],
                         TABLE["shop@a.example"])
        self.assertEqual(self.records(self.back("json", text)), want)

    def test_csv(self):
        want = self.export("csv")
        self.assertIn('"550 5.7.1 Closed, ""for good"""', want)
        self.assertEqual(self.records(self.back("csv", want)), want)

    def test_virtual(self):
        text = self.export("virtual")
        self.assertIn("shop@a.example me@mail.example, you@mail.example",
                      text)
        self.assertIn("# old@a.example: disabled", text)
        self.assertIn("postmaster@b.example me@mail.example", text)
        table = json.loads(self.back("virtual", text))
        self.assertEqual(table["shop@a.example"], TABLE["shop@a.example"])
        self.assertEqual(table["@b.example"], ["all@mail.example"])
        self.assertEqual(table["quoted@a.example"],
                         TABLE["quoted@a.example"])
        self.assertNotIn("old@a.example", table)

    def test_virtual_read_by_postmap(self):
        path = self.write("virtual", self.export("virtual"))
        # postmap wants a main.cf; there may be none in /etc/postfix.
        folder = os.path.dirname(
            self.write("main.cf", "compatibility_level = 3.6\n"))
        try:
            done = subprocess.run(
                ["postmap", "-c", folder, "-q", "shop@a.example", "texthash:" + path],
                capture_output=True, text=True, check=False)
        except FileNotFoundError:
            self.skipTest("no postmap here")
        self.assertEqual(done.stdout.strip(),
                         "me@mail.example, you@mail.example")

    def test_no_table(self):
        self.table += "-nonesuch"
        self.configure("file:/x")
        self.export("json", code=TEMPORARY)

    def test_usage(self):
        self.export("xml", code=USAGE)


class Import(AwsTest):
    def read(self, name, text, *arguments, code=0):
        path = self.write(name, text)
        self.run_program("import", *arguments, path, code=code)
        return json.loads(self.out) if code == 0 else None

    def test_virtual(self):
        text = ("# aliases\n"
                "a.example anything\n"
                "Jane@A.example\tjane@mail.example\n"
                "   john@mail.example\n"
                "jane@a.example other@mail.example\n"
                "self@a.example self@a.example, kept@mail.example\n"
                "script@a.example |/bin/false, x@mail.example\n"
                "@b.example all@mail.example\n"
                "local@a.example root\n"
                "empty@a.example\n")
        table = self.read("virtual", text, "--origin", "mail.example")
        self.assertEqual(table, {
            "jane@a.example": ["jane@mail.example", "john@mail.example"],
            "self@a.example": ["kept@mail.example"],
            "script@a.example": ["x@mail.example"],
            "@b.example": ["all@mail.example"],
            "local@a.example": ["root@mail.example"]})
        self.assertIn("virtual:5: jane@a.example: the key is there twice",
                      self.err)
        self.assertIn("virtual:6: self@a.example: a copy kept", self.err)
        self.assertIn("virtual:7: script@a.example: commands", self.err)
        self.assertIn("virtual:10: empty@a.example: expected", self.err)

    def test_foreign_domain(self):
        self.read("virtual", "x@other.example y@mail.example\n", code=NO)
        self.assertIn("other.example", self.err)
        self.assertEqual(self.out, "")

    def test_lines_are_of_the_file(self):
        self.read("virtual", "# aliases\n\nx@a.example\n  y@mail.example\n"
                  "script@a.example |/bin/false\n"
                  "bad@a.example y@mail..example\n", code=NO)
        self.assertIn("virtual:6:1: bad@a.example: ", self.err)
        self.read("t.csv", "key,targets\n\na@a.example,x@y..z\n", code=NO)
        self.assertIn("t.csv:3:1: a@a.example: ", self.err)

    def test_bare(self):
        """What has no domain."""
        text = "me@a.example root, x@mail.example\ninfo y@mail.example\n"
        self.read("virtual", text, code=NO)
        self.assertIn('virtual:1: me@a.example: target "root" has no domain: '
                      "say which by --origin DOMAIN\n", self.err)
        self.assertNotIn("left out", self.err)
        self.read("virtual", text, "--origin", "mail.example")
        self.assertIn("virtual:2: info: without a domain it is an alias on "
                      "every handled domain\n", self.err)

    def test_csv_columns(self):
        self.assertEqual(
            self.read("t.csv", "targets,key\r\n"
                      "\"x@mail.example; y@mail.example\",a@a.example\r\n"),
            {"a@a.example": ["x@mail.example", "y@mail.example"]})
        self.read("t.csv", "key,colour\na@a.example,red\n", code=NO)
        self.assertIn('no column "colour"', self.err)
        self.read("t.csv", "targets\nx@y.z\n", code=NO)
        self.read("t.csv", "key,targets\na@a.example,x@y.z,more\n", code=NO)
        self.read("t.csv", "key,enabled\na@a.example,perhaps\n", code=NO)
        self.assertIn("t.csv:2: enabled: write yes or no", self.err)
        self.read("t.csv", "key,targets\n\"a@a.example,x@y.z\n", code=NO)

    def test_standard_input(self):
        self.run_program("import", "-", text="a@a.example x@mail.example\n")
        self.assertEqual(json.loads(self.out),
                         {"a@a.example": ["x@mail.example"]})


if __name__ == "__main__":
    unittest.main()
