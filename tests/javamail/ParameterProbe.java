/* SPDX-License-Identifier: MIT */
import java.io.*;
import java.util.*;
import javax.mail.internet.*;

/** What JavaMail makes of Content-Type and Content-Disposition values.
 *  Standard input: "type BASE64" or "disposition BASE64" a line. Output, a
 *  line each: "no" or "ok"; with "name-" before the question also the file
 *  name in hexadecimal UTF-8, if any. */
public class ParameterProbe {
  static String ask(String kind, String value) {
    try {
      String name;
      if (kind.endsWith("type")) {
        ContentType type = new ContentType(value);
        name = type.getParameter("name");
      } else {
        name = new ContentDisposition(value).getParameter("filename");
      }
      if (name == null || !kind.startsWith("name-"))
        return "ok";
      name = MimeUtility.decodeText(name);
      StringBuilder hex = new StringBuilder("ok ");
      for (byte b : name.getBytes("UTF-8"))
        hex.append(String.format("%02x", b & 0xff));
      return hex.toString();
    } catch (Exception e) {
      return "no";
    }
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out));
    for (String line; (line = in.readLine()) != null;) {
      String[] words = line.split(" ", 2);
      byte[] octets = Base64.getDecoder().decode(words[1]);
      out.println(ask(words[0], new String(octets, "ISO-8859-1")));
    }
    out.flush();
  }
}
