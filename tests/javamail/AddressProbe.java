/* SPDX-License-Identifier: MIT */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.mail.internet.AddressException;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeUtility;

/**
 * Would JavaMail take these address lists? Reads values in base64, one a line;
 * answers "accept", or "refuse" and the reason, for each.
 */
public class AddressProbe {
	static void check(String value) throws AddressException {
		String line = MimeUtility.unfold(value);

		for (InternetAddress address : InternetAddress.parse(line, true))
			address.validate();
	}

	static String answer(String value) {
		try {
			check(value);
			return "accept";
		} catch (AddressException e) {
			return "refuse " + e.getMessage().replaceAll("\\s", " ");
		} catch (RuntimeException e) {
			return "refuse " + e.getClass().getName();
		}
	}

	public static void main(String[] args) throws Exception {
		BufferedReader in = new BufferedReader(
		    new InputStreamReader(System.in, StandardCharsets.US_ASCII));
		StringBuilder out = new StringBuilder();

		for (String line; (line = in.readLine()) != null;) {
			byte[] value = Base64.getDecoder().decode(line);
			out.append(answer(
			    new String(value, StandardCharsets.ISO_8859_1)));
			out.append('\n');
		}
		System.out.print(out);
	}
}
