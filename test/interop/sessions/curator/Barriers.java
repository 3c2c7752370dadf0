import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;

/** DistributedBarrier and DistributedDoubleBarrier. Answers tell when the call was made and when it returned. */
public final class Barriers implements Room {
    private final Map<String, DistributedDoubleBarrier> members = new ConcurrentHashMap<>();

    private interface Passage {
        boolean pass() throws Exception;
    }

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        verbs.put("barrier.set", words -> {
            new DistributedBarrier(client, words.text()).setBarrier();
            return null;
        });
        verbs.put("barrier.remove", words -> {
            DistributedBarrier barrier = new DistributedBarrier(client, words.text());
            return timed(() -> {
                barrier.removeBarrier();
                return true;
            });
        });
        verbs.put("barrier.wait", words -> {
            DistributedBarrier barrier = new DistributedBarrier(client, words.text());
            long timeoutMs = words.number();
            return timed(() -> barrier.waitOnBarrier(timeoutMs, TimeUnit.MILLISECONDS));
        });
        verbs.put("double.join", words -> {
            members.put(words.text(), new DistributedDoubleBarrier(client, words.text(), words.integer()));
            return null;
        });
        verbs.put("double.enter", words -> {
            DistributedDoubleBarrier member = members.get(words.text());
            long timeoutMs = words.number();
            return timed(() -> member.enter(timeoutMs, TimeUnit.MILLISECONDS));
        });
        verbs.put("double.leave", words -> {
            DistributedDoubleBarrier member = members.get(words.text());
            long timeoutMs = words.number();
            return timed(() -> member.leave(timeoutMs, TimeUnit.MILLISECONDS));
        });
    }

    private static Object timed(Passage passage) throws Exception {
        long called = System.nanoTime();
        boolean passed = passage.pass();
        return Map.of("called", called, "passed", passed, "at", System.nanoTime());
    }
}
