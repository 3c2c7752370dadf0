import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.ErrorMode;
import org.apache.curator.framework.recipes.queue.MultiItem;
import org.apache.curator.framework.recipes.queue.QueueBase;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/** The queues. Items are texts. What a consumer takes is told as an event. */
public final class Queues implements Room {
    /** So long that a neighbour gets something too. */
    private static final int SLOW_MS = 5;

    private static final int ITEMS_BEFORE_REFRESH = 1;

    private final Map<String, QueueBase<String>> queues = new ConcurrentHashMap<>();
    private CuratorFramework client;

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        this.client = client;
        verbs.put("queue.open", words -> open(words.text(), words.text(), words));
        verbs.put("queue.put", words -> put(queues.get(words.text()), words.text(), words));
        verbs.put("queue.putMulti", words -> {
            DistributedQueue<String> queue = (DistributedQueue<String>) queues.get(words.text());
            List<String> items = new ArrayList<>();
            while (words.more()) items.add(words.text());
            var left = items.iterator();
            MultiItem<String> multi = () -> left.hasNext() ? left.next() : null;
            queue.putMulti(multi);
            return null;
        });
        verbs.put("queue.fill", words -> {
            DistributedQueue<String> queue = (DistributedQueue<String>) queues.get(words.text());
            String prefix = words.text();
            int count = words.integer();
            for (int item = 0; item < count; item++) queue.put(prefix + item);
            return null;
        });
        verbs.put("queue.remove", words -> ((DistributedIdQueue<String>) queues.get(words.text())).remove(words.text()));
        verbs.put("queue.close", words -> {
            QueueBase<String> queue = queues.remove(words.text());
            if (queue != null) queue.close();
            return null;
        });
        verbs.put("simple.offer", words -> new SimpleDistributedQueue(client, words.text()).offer(words.bytes()));
        verbs.put("simple.peek", words -> new SimpleDistributedQueue(client, words.text()).peek());
        verbs.put("simple.poll", words -> poll(words.text(), words.number()));
        verbs.put("simple.drain", words -> {
            String path = words.text();
            long idleMs = words.number();
            List<byte[]> items = new ArrayList<>();
            for (byte[] item = poll(path, idleMs); item != null; item = poll(path, idleMs)) items.add(item);
            return items;
        });
    }

    private byte[] poll(String path, long timeoutMs) throws Exception {
        SimpleDistributedQueue queue = new SimpleDistributedQueue(client, path);
        return timeoutMs > 0 ? queue.poll(timeoutMs, TimeUnit.MILLISECONDS) : queue.poll();
    }

    /** NAME KIND PATH LOCK_PATH CONSUMER: `none`, `take`, `slow`, `stall` (never done with an item), `refuse` (once each). */
    private Object open(String name, String kind, Words words) throws Exception {
        String path = words.text();
        String lockPath = words.text();
        QueueBuilder<String> builder =
                QueueBuilder.builder(client, consumer(name, words.text()), new TextSerializer(), path).putInBackground(false);
        if (!lockPath.isEmpty()) builder.lockPath(lockPath);
        QueueBase<String> queue = build(builder, kind);
        if (!lockPath.isEmpty()) queue.setErrorMode(ErrorMode.REQUEUE);
        queues.put(name, queue);
        queue.start();
        return null;
    }

    private static QueueBase<String> build(QueueBuilder<String> builder, String kind) {
        switch (kind) {
            case "plain":
                return builder.buildQueue();
            case "id":
                return builder.buildIdQueue();
            case "priority":
                return builder.buildPriorityQueue(ITEMS_BEFORE_REFRESH);
            case "delay":
                return builder.buildDelayQueue();
            default:
                throw new IllegalArgumentException("no such kind of queue: " + kind);
        }
    }

    /** The last word is what the kind of queue wants beside the item: an id, a priority, a due time in epoch ms. */
    private static Object put(QueueBase<String> queue, String item, Words words) throws Exception {
        if (queue instanceof DistributedIdQueue<String> byId) byId.put(item, words.text());
        else if (queue instanceof DistributedPriorityQueue<String> byPriority) byPriority.put(item, words.integer());
        else if (queue instanceof DistributedDelayQueue<String> byTime) byTime.put(item, words.number());
        else ((DistributedQueue<String>) queue).put(item);
        return null;
    }

    private static QueueConsumer<String> consumer(String name, String how) {
        if (how.equals("none")) return null;
        Set<String> refused = ConcurrentHashMap.newKeySet();
        return new QueueConsumer<>() {
            @Override
            public void consumeMessage(String item) throws Exception {
                if (how.equals("refuse") && refused.add(item)) {
                    CuratorPeer.tell("refused", Map.of("name", name, "item", item));
                    throw new IllegalStateException("refused: " + item);
                }
                CuratorPeer.tell("took", Map.of("name", name, "item", item, "epochMs", System.currentTimeMillis()));
                if (how.equals("slow")) Thread.sleep(SLOW_MS);
                if (how.equals("stall")) new CountDownLatch(1).await();
            }

            @Override
            public void stateChanged(CuratorFramework same, ConnectionState state) {}
        };
    }

    private static final class TextSerializer implements QueueSerializer<String> {
        @Override
        public byte[] serialize(String item) {
            return item.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
