import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;

/**
 * A process that does with Curator what it is told: CuratorPeer HOST:PORT SESSION_TIMEOUT_MS ROOM...
 *
 * A command is a line on standard input, `ID VERB WORD...`, each word percent-encoded. Its answer is a line of JSON on
 * standard output: `{"id": ID, "result": ...}` or `{"id": ID, "error": TEXT}`. Commands run side by side, so that one
 * may wait for what another does. What happens by itself is told as `{"event": NAME, ...}`.
 */
public final class CuratorPeer {
    private CuratorPeer() {}

    public static void main(String[] args) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(args[0])
                .sessionTimeoutMs(Integer.parseInt(args[1]))
                .connectionTimeoutMs(10_000)
                .retryPolicy(new ExponentialBackoffRetry(50, 10))
                .build();
        client.start();
        client.blockUntilConnected();
        Map<String, Verb> verbs = new TreeMap<>();
        for (int at = 2; at < args.length; at++) {
            Room room = (Room) Class.forName(args[at]).getDeclaredConstructor().newInstance();
            room.furnish(client, verbs);
        }
        tell("ready", Map.of());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
            Words words = new Words(line);
            String id = words.text();
            Thread thread = new Thread(() -> obey(id, verbs, words));
            thread.setDaemon(true);
            thread.start();
        }
        client.close();
        System.exit(0);
    }

    private static void obey(String id, Map<String, Verb> verbs, Words words) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", Integer.parseInt(id));
        try {
            String name = words.text();
            Verb verb = verbs.get(name);
            if (verb == null) throw new IllegalArgumentException("no such verb: " + name);
            answer.put("result", verb.obey(words));
        } catch (Throwable failure) {
            failure.printStackTrace();
            answer.put("error", failure.toString());
        }
        say(answer);
    }

    static void tell(String event, Map<String, ?> what) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("event", event);
        line.put("at", System.nanoTime());
        line.putAll(what);
        say(line);
    }

    private static synchronized void say(Map<String, ?> line) {
        System.out.println(Json.of(line));
    }
}
