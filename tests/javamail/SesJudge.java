/* SPDX-License-Identifier: MIT */
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Properties;
import javax.mail.BodyPart;
import javax.mail.Multipart;
import javax.mail.Part;
import javax.mail.Session;
import javax.mail.internet.ContentDisposition;
import javax.mail.internet.ContentType;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeUtility;

/**
 * Does JavaMail's strict parser, whose words SES answers with, take a message?
 *
 * Standard input: a length in a line, then as many octets; again and again.
 * Standard output: for each a line, "ok" or the exception's text.
 */
public class SesJudge {
	static final String[] ADDRESSES = {
		"From", "Sender", "Return-Path", "To", "Cc", "Bcc", "Reply-To",
	};
	static final int DEPTH = 60;

	static String unfolded(String[] values) {
		return MimeUtility.unfold(values[0]);
	}

	static void checkAddresses(MimeMessage message, String name)
	    throws Exception {
		String[] values = message.getHeader(name);
		if (values == null)
			return;
		for (String value : values)
			for (InternetAddress address : InternetAddress.parse(
			    MimeUtility.unfold(value), true))
				address.validate();
	}

	static void checkPart(Part part, int depth) throws Exception {
		if (depth > DEPTH)
			throw new Exception("Too many nested parts");
		String[] type = part.getHeader("Content-Type");
		String[] disposition = part.getHeader("Content-Disposition");
		ContentType parsed = null;
		if (type != null)
			parsed = new ContentType(unfolded(type));
		if (disposition != null)
			new ContentDisposition(unfolded(disposition));
		if (parsed == null
		    || !parsed.getPrimaryType().equalsIgnoreCase("multipart"))
			return;
		Object content = part.getContent();
		if (!(content instanceof Multipart))
			return;
		Multipart parts = (Multipart)content;
		for (int i = 0; i < parts.getCount(); i++)
			checkPart(parts.getBodyPart(i), depth + 1);
	}

	static String judge(byte[] octets) {
		try {
			MimeMessage message = new MimeMessage(
			    Session.getInstance(new Properties()),
			    new ByteArrayInputStream(octets));
			for (String name : ADDRESSES)
				checkAddresses(message, name);
			checkPart(message, 0);
			return "ok";
		} catch (Exception e) {
			String text = e.getClass().getSimpleName() + ": "
			    + e.getMessage();
			return text.replaceAll("[\\r\\n]+", " ");
		}
	}

	@SuppressWarnings("deprecation")
	public static void main(String[] arguments) throws IOException {
		DataInputStream in = new DataInputStream(
		    new java.io.BufferedInputStream(System.in));
		String length;
		while ((length = in.readLine()) != null) {
			byte[] octets = new byte[Integer.parseInt(length)];
			in.readFully(octets);
			System.out.println(judge(octets));
			System.out.flush();
		}
	}
}
