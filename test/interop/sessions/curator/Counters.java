import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicValue;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.retry.RetryNTimes;

/** SharedCount, SharedValue and the atomics. Numbers of 64 bits are told as text. */
public final class Counters implements Room {
    private static final RetryNTimes PATIENT = new RetryNTimes(200, 2);
    private static final RetryNTimes HASTY = new RetryNTimes(2, 1);

    private final Map<String, SharedCount> counts = new ConcurrentHashMap<>();
    private final Map<String, SharedValue> values = new ConcurrentHashMap<>();
    private CuratorFramework client;

    private interface Step {
        Object take() throws Exception;
    }

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        this.client = client;
        verbs.put("count.open", words -> {
            String name = words.text();
            SharedCount count = new SharedCount(client, words.text(), words.integer());
            counts.put(name, count);
            count.start();
            return null;
        });
        verbs.put("count.get", words -> {
            VersionedValue<Integer> now = counts.get(words.text()).getVersionedValue();
            return Map.of("value", now.getValue(), "version", now.getVersion());
        });
        verbs.put("count.set", words -> {
            counts.get(words.text()).setCount(words.integer());
            return null;
        });
        verbs.put("count.raise", words -> raise(counts.get(words.text()), words.integer()));
        verbs.put("value.open", words -> {
            String name = words.text();
            SharedValue value = new SharedValue(client, words.text(), words.bytes());
            values.put(name, value);
            value.start();
            return null;
        });
        verbs.put("value.get", words -> values.get(words.text()).getValue());
        verbs.put("value.set", words -> {
            values.get(words.text()).setValue(words.bytes());
            return null;
        });
        verbs.put("value.append", words -> append(values.get(words.text()), words.text(), words.integer()));
        atomics(verbs);
    }

    private void atomics(Map<String, Verb> verbs) {
        verbs.put("long.add", words -> {
            DistributedAtomicLong number = atomicLong(words.text(), words.text());
            long delta = words.number();
            return many(words.integer(), words.integer(), () -> must(number.add(delta)));
        });
        verbs.put("long.get", words -> tell(atomicLong(words.text(), "").get()));
        verbs.put("long.initialize", words -> atomicLong(words.text(), "").initialize(words.number()));
        verbs.put("long.set", words -> tell(atomicLong(words.text(), "").trySet(words.number())));
        verbs.put("long.force", words -> {
            atomicLong(words.text(), "").forceSet(words.number());
            return null;
        });
        verbs.put(
                "long.exchange",
                words -> tell(atomicLong(words.text(), "").compareAndSet(words.number(), words.number())));
        verbs.put("integer.add", words -> {
            DistributedAtomicInteger number = new DistributedAtomicInteger(client, words.text(), PATIENT);
            int delta = words.integer();
            return many(words.integer(), words.integer(), () -> must(number.add(delta)));
        });
        verbs.put("bytes.get", words -> atomicBytes(words.text()).get().postValue());
        verbs.put("bytes.initialize", words -> atomicBytes(words.text()).initialize(words.bytes()));
        verbs.put(
                "bytes.exchange",
                words -> atomicBytes(words.text()).compareAndSet(words.bytes(), words.bytes()).succeeded());
        verbs.put("cached.next", words -> {
            CachedAtomicLong cached = new CachedAtomicLong(atomicLong(words.text(), ""), words.integer());
            return many(words.integer(), 1, () -> must(cached.next()));
        });
    }

    private DistributedAtomicValue atomicBytes(String path) {
        return new DistributedAtomicValue(client, path, PATIENT);
    }

    /** With a lock path, it tries without the lock only a few times. */
    private DistributedAtomicLong atomicLong(String path, String lockPath) {
        if (lockPath.isEmpty()) return new DistributedAtomicLong(client, path, PATIENT);
        PromotedToLock promoted = PromotedToLock.builder()
                .lockPath(lockPath)
                .timeout(60, TimeUnit.SECONDS)
                .retryPolicy(PATIENT)
                .build();
        return new DistributedAtomicLong(client, path, HASTY, promoted);
    }

    private static Object tell(AtomicValue<?> result) {
        return Map.of(
                "succeeded", result.succeeded(),
                "before", String.valueOf(result.preValue()),
                "after", String.valueOf(result.postValue()));
    }

    private static String must(AtomicValue<?> result) {
        if (!result.succeeded()) throw new IllegalStateException("an atomic operation did not succeed");
        return String.valueOf(result.postValue());
    }

    private static Object many(int times, int callers, Step step) throws Exception {
        AtomicInteger left = new AtomicInteger(times);
        List<Object> results = Collections.synchronizedList(new ArrayList<>());
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        List<Callable<Void>> tasks = Collections.nCopies(callers, () -> {
            while (left.getAndDecrement() > 0) results.add(step.take());
            return null;
        });
        for (var task : threads.invokeAll(tasks)) task.get();
        threads.shutdown();
        return results;
    }

    /** Adds one `times` times; gives how often it had to try. */
    private static int raise(SharedCount count, int times) throws Exception {
        int tries = 0;
        for (int done = 0; done < times; tries++) {
            VersionedValue<Integer> now = count.getVersionedValue();
            if (count.trySetCount(now, now.getValue() + 1)) done += 1;
        }
        return tries;
    }

    private static int append(SharedValue value, String text, int times) throws Exception {
        int tries = 0;
        for (int done = 0; done < times; tries++) {
            VersionedValue<byte[]> now = value.getVersionedValue();
            if (value.trySetValue(now, (new String(now.getValue()) + text).getBytes())) done += 1;
        }
        return tries;
    }
}
