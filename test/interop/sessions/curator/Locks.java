import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;

/** Everything that can be held. Kinds: mutex, revocable, read, write, semaphore, semaphore-mutex, multi. */
public final class Locks implements Room {
    /** Every so many turns of a contest at a read/write lock are writes. */
    private static final int TURNS_PER_WRITE = 4;

    private final Map<String, Owned> owned = new ConcurrentHashMap<>();
    private CuratorFramework client;

    /** Something that can be held; `path` is the node that stands for it, null where Curator does not say. */
    private interface Gate {
        boolean enter(long timeoutMs) throws Exception;

        void leave() throws Exception;

        String path() throws Exception;
    }

    /** A gate with its thread: Curator's locks belong to the thread that took them. */
    private record Owned(Gate gate, ExecutorService thread) {
        <T> T inThread(Callable<T> task) throws Exception {
            try {
                return thread.submit(task).get();
            } catch (ExecutionException failure) {
                throw failure.getCause() instanceof Exception cause ? cause : failure;
            }
        }
    }

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        this.client = client;
        verbs.put("lock.open", words -> open(words.text(), words.text(), words.text(), words));
        verbs.put("lock.acquire", words -> acquire(words.text(), words.number()));
        verbs.put("lock.release", words -> release(words.text()));
        verbs.put("lock.contend", words -> contend(words.text(), words.text(), words));
        verbs.put("lock.revoke", words -> {
            Revoker.attemptRevoke(client, words.text());
            return null;
        });
        verbs.put("lock.participants", words -> new InterProcessMutex(client, words.text()).getParticipantNodes());
    }

    private Object open(String name, String kind, String path, Words words) {
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
        owned.put(name, new Owned(gate(kind, path, words.more() ? words.integer() : 1), thread));
        return null;
    }

    private Gate gate(String kind, String path, int leases) {
        switch (kind) {
            case "mutex":
                return new MutexGate(new InterProcessMutex(client, path));
            case "revocable":
                InterProcessMutex revocable = new InterProcessMutex(client, path);
                revocable.makeRevocable(asked -> CuratorPeer.tell("revoke", Map.of("path", path)));
                return new MutexGate(revocable);
            case "read":
                return new MutexGate(new InterProcessReadWriteLock(client, path).readLock());
            case "write":
                return new MutexGate(new InterProcessReadWriteLock(client, path).writeLock());
            case "semaphore":
                return new LeaseGate(path, new InterProcessSemaphoreV2(client, path, leases));
            case "semaphore-mutex":
                return new LockGate(new InterProcessSemaphoreMutex(client, path));
            case "multi":
                return new LockGate(new InterProcessMultiLock(client, List.of(path.split(","))));
            default:
                throw new IllegalArgumentException("no such kind of lock: " + kind);
        }
    }

    /** The node's path and czxid, or null when the time ran out. */
    private Object acquire(String name, long timeoutMs) throws Exception {
        Owned one = owned.get(name);
        return one.inThread(() -> {
            if (!one.gate().enter(timeoutMs)) return null;
            Map<String, Object> grip = new LinkedHashMap<>();
            grip.put("at", System.nanoTime());
            String path = one.gate().path();
            grip.put("path", path);
            grip.put("token", path == null ? null : client.checkExists().forPath(path).getCzxid());
            return grip;
        });
    }

    private Object release(String name) throws Exception {
        Owned one = owned.get(name);
        return one.inThread(() -> {
            Map<String, Object> before = Map.of("at", System.nanoTime());
            one.gate().leave();
            return before;
        });
    }

    /** Takes turns, several threads at once; each turn is a visit to the place where all holders meet. */
    private Object contend(String kind, String path, Words words) throws Exception {
        Presence presence = new Presence(client, words.text());
        AtomicInteger left = new AtomicInteger(words.integer());
        int callers = words.integer();
        int leases = words.integer();
        List<Map<String, Object>> turns = Collections.synchronizedList(new ArrayList<>());
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            Map<String, Gate> gates = new HashMap<>();
            tasks.add(() -> {
                for (int turn = left.getAndDecrement(); turn > 0; turn = left.getAndDecrement()) {
                    String mark = kind.equals("read-write") ? (turn % TURNS_PER_WRITE == 0 ? "write" : "read") : kind;
                    turns.add(takeTurn(gates.computeIfAbsent(mark, one -> gate(one, path, leases)), mark, presence));
                }
                return null;
            });
        }
        for (var task : threads.invokeAll(tasks)) task.get();
        threads.shutdown();
        return turns;
    }

    private Map<String, Object> takeTurn(Gate gate, String mark, Presence presence) throws Exception {
        gate.enter(-1);
        try {
            String path = gate.path();
            long token = path == null ? 0 : client.checkExists().forPath(path).getCzxid();
            Map<String, Object> turn = presence.visit(mark);
            turn.put("token", token);
            return turn;
        } finally {
            gate.leave();
        }
    }

    private record LockGate(InterProcessLock lock) implements Gate {
        @Override
        public boolean enter(long timeoutMs) throws Exception {
            if (timeoutMs >= 0) return lock.acquire(timeoutMs, TimeUnit.MILLISECONDS);
            lock.acquire();
            return true;
        }

        @Override
        public void leave() throws Exception {
            lock.release();
        }

        @Override
        public String path() {
            return null;
        }
    }

    private record MutexGate(InterProcessMutex lock) implements Gate {
        @Override
        public boolean enter(long timeoutMs) throws Exception {
            return new LockGate(lock).enter(timeoutMs);
        }

        @Override
        public void leave() throws Exception {
            lock.release();
        }

        /** While it is held exclusively, the first of its kind in the line. A reader may not be the first. */
        @Override
        public String path() throws Exception {
            if (lock instanceof InterProcessReadWriteLock.ReadLock) return null;
            Collection<String> line = lock.getParticipantNodes();
            return line.iterator().next();
        }
    }

    private static final class LeaseGate implements Gate {
        private final String semaphorePath;
        private final InterProcessSemaphoreV2 semaphore;
        private Lease lease;

        LeaseGate(String semaphorePath, InterProcessSemaphoreV2 semaphore) {
            this.semaphorePath = semaphorePath;
            this.semaphore = semaphore;
        }

        @Override
        public boolean enter(long timeoutMs) throws Exception {
            lease = timeoutMs >= 0 ? semaphore.acquire(timeoutMs, TimeUnit.MILLISECONDS) : semaphore.acquire();
            return lease != null;
        }

        @Override
        public void leave() {
            semaphore.returnLease(lease);
        }

        @Override
        public String path() {
            return semaphorePath + "/leases/" + lease.getNodeName();
        }
    }
}
