import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The words of a command, taken one after the other. */
final class Words {
    private final String[] words;
    private int next = 0;

    Words(String line) {
        words = line.split(" ", -1);
    }

    /** True when a word is left. */
    boolean more() {
        return next < words.length;
    }

    String text() {
        return URLDecoder.decode(words[next++], StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    int integer() {
        return Integer.parseInt(text());
    }

    long number() {
        return Long.parseLong(text());
    }
}
