# SPDX-License-Identifier: MIT
"""Where keys come from, that it is told, and that they are not."""
import json
import os
import unittest

from awstest import CONFIG, TEMPORARY, Answer, AwsTest, aliases, certificates

FILE = """[default]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
[other]
aws_access_key_id = AKIDOTHER
aws_secret_access_key = other-secret
"""


class Credentials(AwsTest):
    SOURCE = "ssm:/mail/table"

    def setUp(self):
        super().setUp()
        self.aws.put("/mail/table", json.dumps(aliases(3)))
        self.aws.keys["AKIDOTHER"] = "other-secret"

    def key_used(self):
        return [e["key"] for e in self.aws.log
                if e["operation"] == "GetParameter"][-1]

    def file(self, name, text, mode=0o600):
        os.makedirs(os.path.join(self.folder, ".aws"), exist_ok=True)
        path = self.write(os.path.join(".aws", name), text)
        os.chmod(path, mode)
        return path

    def test_environment(self):
        self.assertIn("credentials from environment", self.sync())
        self.assertEqual(self.key_used(), "AKIDEXAMPLE")

    def test_half_an_environment(self):
        del self.env["AWS_SECRET_ACCESS_KEY"]
        self.sync(code=CONFIG)
        self.assertEqual(self.aws.log, [])

    def test_session_token(self):
        self.aws.tokens["AKIDEXAMPLE"] = "session/token+="
        self.sync(code=CONFIG)
        self.env["AWS_SESSION_TOKEN"] = "session/token+="
        self.sync()

    def test_default_profile(self):
        self.no_keys()
        self.file("credentials", FILE)
        out = self.sync()
        self.assertIn("credentials from profile default", out)
        self.assertNotIn("others may read", out)

    def test_readable_by_others(self):
        self.no_keys()
        path = self.file("credentials", FILE, 0o644)
        out = self.sync()
        self.assertIn("warning: %s: others may read" % path, out)
        self.assertIn("chmod 600", out)

    def test_named_profile(self):
        self.no_keys()
        self.file("credentials", FILE)
        self.env["AWS_PROFILE"] = "other"
        self.assertIn("credentials from profile other", self.sync())
        self.assertEqual(self.key_used(), "AKIDOTHER")

    def test_configured_profile_wins(self):
        self.file("credentials", FILE)
        self.configure(aws_profile="other")
        self.assertIn("credentials from profile other", self.sync())
        self.assertEqual(self.key_used(), "AKIDOTHER")

    def test_profile_missing(self):
        self.file("credentials", FILE)
        self.configure(aws_profile="nonesuch")
        self.assertIn("nonesuch", self.sync(code=CONFIG))
        self.assertEqual(self.aws.log, [])

    def test_process_is_refused(self):
        self.no_keys()
        self.file("config", "[default]\ncredential_process = /bin/false\n")
        self.assertIn("credential_process is not supported",
                      self.sync(code=CONFIG))

    def test_region_of_the_profile(self):
        self.configure(region=None)
        self.file("config", "[default]\nregion = eu-west-1\n")
        self.sync()

    def test_assumed_role(self):
        self.no_keys()
        self.file("credentials", FILE)
        self.file("config", "[profile mail]\nsource_profile = default\n"
                  "role_arn = arn:aws:iam::123456789012:role/mail\n")
        self.configure(aws_profile="mail")
        self.sync()
        self.assertEqual(self.aws.operations(),
                         ["AssumeRole", "GetParameter"])
        self.assertEqual(self.aws.log[0]["request"]["RoleArn"],
                         "arn:aws:iam::123456789012:role/mail")
        self.assertEqual(self.key_used(), "ASIAEXAMPLE1")

    def test_roles_in_a_circle(self):
        self.file("config", "[profile a]\nsource_profile = b\n"
                  "role_arn = arn:x\n[profile b]\nsource_profile = a\n"
                  "role_arn = arn:y\n")
        self.configure(aws_profile="a")
        self.assertIn("circle", self.sync(code=CONFIG))

    def web_identity(self):
        self.no_keys()
        self.aws.web_token = "eyJ.token.jwt"
        path = self.write("token", "eyJ.token.jwt\n")
        self.env.update({"AWS_WEB_IDENTITY_TOKEN_FILE": path,
                         "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod"})

    def test_web_identity(self):
        self.web_identity()
        self.assertIn("credentials from web identity, role arn:aws:iam::1:"
                      "role/pod", self.sync())
        self.assertEqual(self.aws.operations()[0],
                         "AssumeRoleWithWebIdentity")

    def test_web_identity_refused(self):
        self.web_identity()
        self.aws.web_token = "another"
        self.assertIn("STS", self.sync(code=CONFIG))
        self.assertNotIn("eyJ", self.err)

    def container(self):
        self.no_keys()
        self.aws.container_token = "Bearer-container-token"
        path = self.write("token", "Bearer-container-token")
        self.env.update({
            "AWS_CONTAINER_CREDENTIALS_FULL_URI":
                self.aws.url + "/container-credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path})
        return path

    def test_container(self):
        self.container()
        self.assertIn("credentials from container", self.sync())
        self.assertEqual(self.key_used(), "ASIAEXAMPLE1")

    def test_container_refuses(self):
        self.write("token", "x")
        path = self.container()
        with open(path, "w", encoding="ascii") as file:
            file.write("wrong")
        self.assertIn("HTTP 401", self.sync(code=TEMPORARY))

    def test_container_token_with_line_break(self):
        path = self.container()
        with open(path, "w", encoding="ascii") as file:
            file.write("a\r\nX-Evil: b")
        self.sync(code=CONFIG)
        self.assertEqual(self.aws.log, [])

    def test_container_elsewhere_needs_tls(self):
        self.container()
        self.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = \
            "http://192.0.2.1/credentials"
        self.assertIn("only https", self.sync(code=CONFIG))

    def instance(self):
        self.no_keys()
        del self.env["AWS_EC2_METADATA_DISABLED"]
        self.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = self.aws.url

    def test_instance(self):
        self.instance()
        self.configure(region=None)
        self.assertIn("credentials from instance metadata, role "
                      "aliasbridge-role, for ", self.sync())
        self.assertEqual(self.aws.operations()[0], "imds-token")
        self.assertEqual(self.key_used(), "ASIAEXAMPLE1")

    def test_instance_without_role(self):
        self.instance()
        self.aws.role = None
        self.assertIn("no AWS credentials", self.sync(code=CONFIG))

    def test_stale_instance_keys(self):
        """The service hands out expired keys when it is ill."""
        self.instance()
        self.aws.session_seconds = -60
        self.assertIn("while their source recovers", self.sync())

    def test_none_at_all(self):
        self.no_keys()
        out = self.sync(code=CONFIG)
        self.assertIn("no AWS credentials in the environment", out)

    def test_expired_are_sought_anew(self):
        """AWS says so before the clock does."""
        self.instance()

        def fault(operation, request, handler):
            if len(self.aws.log) < 5:
                self.aws.expired.add("ASIAEXAMPLE1")
        self.aws.fault = fault
        self.sync(env={"AWS_MAX_ATTEMPTS": "1"})
        self.assertEqual([e["key"] for e in self.aws.log
                          if e["operation"] == "GetParameter"],
                         ["ASIAEXAMPLE1", "ASIAEXAMPLE2"])


class Tls(AwsTest):
    TLS = True
    SOURCE = "ssm:/mail/table"

    def setUp(self):
        super().setUp()
        self.aws.put("/mail/table", json.dumps(aliases(3)))

    def test_verified(self):
        self.sync()
        self.assertEqual(self.cached(), aliases(3))

    def test_unknown_authority(self):
        del self.env["AWS_CA_BUNDLE"]
        self.assertIn("certificate", self.sync(code=CONFIG))
        self.assertEqual(self.aws.log, [])

    def test_other_name(self):
        self.aws.stop()
        ca, *self.aws.tls = certificates(self.folder, "DNS:ssm.example")
        self.aws.start()
        self.sync(code=CONFIG)
        self.assertEqual(self.aws.log, [])

    def test_plain_elsewhere(self):
        self.configure(ssm_endpoint="http://192.0.2.1/")
        self.assertIn("only https", self.sync(code=CONFIG))

    def test_redirect_is_no_way_out(self):
        self.aws.fault = lambda *_: Answer(
            307, b"", [("Location", "http://192.0.2.1/")])
        self.sync(code=1)
        self.assertEqual(len(self.aws.log), 1)


if __name__ == "__main__":
    unittest.main()
