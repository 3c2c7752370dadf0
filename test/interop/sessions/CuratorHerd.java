import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.data.Stat;

/**
 * A crowd of one of Curator's recipes, each member with a session of its own: CuratorHerd CONNECT_STRING
 * ONLOOKERS_CONNECT_STRING SESSION_TIMEOUT_MS CASE WAITERS PATH. Says `gathered STEPS` when all wait, and answers each `step` on
 * standard input by `stepped`.
 */
public final class CuratorHerd {
    private static final int STEPS = 4;
    private static final long PATIENCE_S = 120;

    private static String connectString;
    private static int sessionTimeoutMs;
    private static CuratorFramework onlooker;

    /** What is left to do when a crowd waits. */
    private interface Crowd {
        int steps();

        void step() throws Exception;
    }

    /** Takes something and gives back how to return it. */
    private interface Taker {
        AutoCloseable take() throws Exception;
    }

    private CuratorHerd() {}

    public static void main(String[] args) throws Exception {
        connectString = args[0];
        sessionTimeoutMs = Integer.parseInt(args[2]);
        onlooker = newClient(args[1]);
        onlooker.blockUntilConnected();
        Crowd crowd = gather(args[3], Integer.parseInt(args[4]), args[5]);
        System.out.println("gathered " + crowd.steps());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            crowd.step();
            System.out.println("stepped");
        }
        System.exit(0);
    }

    private static Crowd gather(String name, int waiters, String path) throws Exception {
        switch (name) {
            case "mutex":
                return line(waiters, path, client -> lockTaker(new InterProcessMutex(client, path)));
            case "semaphore-mutex":
                return line(waiters, path + "/locks", client -> lockTaker(new InterProcessSemaphoreMutex(client, path)));
            case "semaphore":
                return line(waiters, path + "/locks", client -> {
                    InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, path, 1);
                    return () -> {
                        Lease lease = semaphore.acquire();
                        return () -> semaphore.returnLease(lease);
                    };
                });
            case "rw-writers":
                return writersBeforeReaders(waiters, path);
            case "rw-readers":
                return readersBehindWriter(waiters, path);
            case "rw-reader-leaves":
                return writerBehindReaders(waiters, path);
            case "multi-lock":
                return line(waiters, path + "/a", client -> lockTaker(
                        new InterProcessMultiLock(client, List.of(path + "/a", path + "/b"))));
            case "latch":
                return latch(waiters, path);
            case "selector":
                return selector(waiters, path);
            case "barrier":
                return barrier(waiters, path);
            case "double-barrier-enter":
                return doubleBarrier(waiters, path, true);
            case "double-barrier-leave":
                return doubleBarrier(waiters, path, false);
            case "shared-count":
                return sharedCount(waiters, path);
            case "cache":
                return cache(waiters, path);
            case "queue":
                return queue(waiters, path, CuratorHerd::plainQueue);
            case "priority-queue":
                return queue(waiters, path, CuratorHerd::priorityQueue);
            case "delay-queue":
                return queue(waiters, path, CuratorHerd::delayQueue);
            case "id-queue":
                return queue(waiters, path, CuratorHerd::idQueue);
            case "simple-queue":
                return simpleQueue(waiters, path);
            case "group":
                return group(waiters, path);
            default:
                throw new IllegalArgumentException(name);
        }
    }

    private interface TakerOf {
        Taker of(CuratorFramework client);
    }

    private static Taker lockTaker(InterProcessLock lock) {
        return () -> {
            lock.acquire();
            return lock::release;
        };
    }

    /** A thread that takes, says so, and gives back when it is told to. */
    private static final class Member {
        private final Semaphore mayLeave = new Semaphore(0);

        Member(Taker taker, BlockingQueue<Member> taken) {
            run(() -> {
                AutoCloseable held = taker.take();
                taken.add(this);
                mayLeave.acquire();
                held.close();
                return null;
            });
        }
    }

    /** One holds, the others stand in line. */
    private static Crowd line(int waiters, String line, TakerOf takers) throws Exception {
        BlockingQueue<Member> taken = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(waiters + 1)) new Member(takers.of(client), taken);
        Deque<Member> holders = new ArrayDeque<>(List.of(next(taken)));
        // Of a semaphore, the first in line has left it for the leases: then one child more or less is as good.
        children(line, waiters);
        return steps(Math.min(STEPS, waiters), () -> {
            holders.remove().mayLeave.release();
            holders.add(next(taken));
        });
    }

    private static Crowd writersBeforeReaders(int readers, String path) throws Exception {
        BlockingQueue<Member> written = new LinkedBlockingQueue<>();
        List<CuratorFramework> all = newClients(readers + 3);
        for (int writer = 0; writer < 3; writer++) {
            new Member(lockTaker(new InterProcessReadWriteLock(all.get(writer), path).writeLock()), written);
            children(path, writer + 1);
        }
        for (CuratorFramework client : all.subList(3, all.size())) {
            new Member(lockTaker(new InterProcessReadWriteLock(client, path).readLock()), new LinkedBlockingQueue<>());
        }
        children(path, readers + 3);
        Deque<Member> holders = new ArrayDeque<>(List.of(next(written)));
        return steps(2, () -> {
            holders.remove().mayLeave.release();
            holders.add(next(written));
        });
    }

    private static Crowd readersBehindWriter(int readers, String path) throws Exception {
        BlockingQueue<Member> taken = new LinkedBlockingQueue<>();
        List<CuratorFramework> all = newClients(readers + 1);
        new Member(lockTaker(new InterProcessReadWriteLock(all.get(0), path).writeLock()), taken);
        Member writer = next(taken);
        for (CuratorFramework client : all.subList(1, all.size())) {
            new Member(lockTaker(new InterProcessReadWriteLock(client, path).readLock()), taken);
        }
        children(path, readers + 1);
        return steps(1, () -> {
            writer.mayLeave.release();
            for (int reader = 0; reader < readers; reader++) next(taken);
        });
    }

    /** The last of them to come leaves first: that is whom the writer watches. */
    private static Crowd writerBehindReaders(int readers, String path) throws Exception {
        BlockingQueue<Member> taken = new LinkedBlockingQueue<>();
        List<CuratorFramework> all = newClients(readers + 1);
        Deque<Member> holders = new ArrayDeque<>();
        for (CuratorFramework client : all.subList(1, all.size())) {
            new Member(lockTaker(new InterProcessReadWriteLock(client, path).readLock()), taken);
            holders.push(next(taken));
        }
        new Member(lockTaker(new InterProcessReadWriteLock(all.get(0), path).writeLock()), taken);
        children(path, readers + 1);
        return steps(Math.min(STEPS, readers - 1), () -> holders.pop().mayLeave.release());
    }

    private static Crowd latch(int waiters, String path) throws Exception {
        List<LeaderLatch> latches = new ArrayList<>();
        for (CuratorFramework client : newClients(waiters + 1)) {
            LeaderLatch latch = new LeaderLatch(client, path);
            latch.start();
            latches.add(latch);
        }
        children(path, waiters + 1);
        return steps(Math.min(STEPS, waiters), () -> {
            LeaderLatch leader = leaderOf(latches);
            latches.remove(leader);
            leader.close();
            leaderOf(latches);
        });
    }

    private static LeaderLatch leaderOf(List<LeaderLatch> latches) throws Exception {
        for (;;) {
            for (LeaderLatch latch : latches) if (latch.hasLeadership()) return latch;
            Thread.sleep(1);
        }
    }

    private static Crowd selector(int waiters, String path) throws Exception {
        BlockingQueue<Semaphore> leaders = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(waiters + 1)) {
            Semaphore mayLeave = new Semaphore(0);
            LeaderSelector selector = new LeaderSelector(client, path, new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework leading) throws Exception {
                    leaders.add(mayLeave);
                    mayLeave.acquire();
                }
            });
            selector.start();
        }
        children(path, waiters + 1);
        Deque<Semaphore> terms = new ArrayDeque<>(List.of(next(leaders)));
        return steps(Math.min(STEPS, waiters), () -> {
            terms.remove().release();
            terms.add(next(leaders));
        });
    }

    private static Crowd barrier(int waiters, String path) throws Exception {
        DistributedBarrier gate = new DistributedBarrier(newClients(1).get(0), path);
        gate.setBarrier();
        BlockingQueue<Boolean> passed = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(waiters)) {
            DistributedBarrier barrier = new DistributedBarrier(client, path);
            run(() -> {
                barrier.waitOnBarrier();
                return passed.add(true);
            });
        }
        return steps(1, () -> {
            gate.removeBarrier();
            for (int waiter = 0; waiter < waiters; waiter++) next(passed);
        });
    }

    private static Crowd doubleBarrier(int waiters, String path, boolean enters) throws Exception {
        BlockingQueue<Boolean> entered = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> left = new LinkedBlockingQueue<>();
        List<DistributedDoubleBarrier> barriers = new ArrayList<>();
        for (CuratorFramework client : newClients(waiters + 1)) {
            barriers.add(new DistributedDoubleBarrier(client, path, waiters + 1));
        }
        DistributedDoubleBarrier last = barriers.remove(waiters);
        Semaphore mayLeave = new Semaphore(0);
        for (DistributedDoubleBarrier barrier : barriers) {
            run(() -> {
                barrier.enter();
                entered.add(true);
                mayLeave.acquire();
                barrier.leave();
                return left.add(true);
            });
        }
        children(path, waiters);
        Callable<Void> enter = () -> {
            last.enter();
            for (int member = 0; member < waiters; member++) next(entered);
            return null;
        };
        if (enters) return steps(1, enter::call);
        enter.call();
        mayLeave.release(waiters);
        return steps(1, () -> {
            last.leave();
            for (int member = 0; member < waiters; member++) next(left);
        });
    }

    private static Crowd sharedCount(int watchers, String path) throws Exception {
        BlockingQueue<Integer> seen = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(watchers)) {
            SharedCount count = new SharedCount(client, path, 0);
            count.addListener(new SharedCountListener() {
                @Override
                public void countHasChanged(SharedCountReader reader, int newCount) {
                    seen.add(newCount);
                }

                @Override
                public void stateChanged(CuratorFramework of, ConnectionState state) {}
            });
            count.start();
        }
        SharedCount writer = new SharedCount(newClients(1).get(0), path, 0);
        writer.start();
        return steps(STEPS, new Step() {
            private int value = 0;

            @Override
            public void make() throws Exception {
                writer.setCount(++value);
                for (int watcher = 0; watcher < watchers; watcher++) next(seen);
            }
        });
    }

    private static final QueueSerializer<String> TEXT = new QueueSerializer<String>() {
        @Override
        public byte[] serialize(String item) {
            return item.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private interface Put {
        void item() throws Exception;
    }

    /** Starts a consumer, or with none a producer. */
    private interface Queues {
        Put start(CuratorFramework client, QueueConsumer<String> consumer, String path) throws Exception;
    }

    private static Put plainQueue(CuratorFramework client, QueueConsumer<String> consumer, String path) throws Exception {
        DistributedQueue<String> queue = QueueBuilder.builder(client, consumer, TEXT, path).buildQueue();
        queue.start();
        return () -> queue.put("item");
    }

    private static Put priorityQueue(CuratorFramework client, QueueConsumer<String> consumer, String path)
            throws Exception {
        DistributedPriorityQueue<String> queue =
                QueueBuilder.builder(client, consumer, TEXT, path).buildPriorityQueue(1);
        queue.start();
        return () -> queue.put("item", 7);
    }

    private static Put delayQueue(CuratorFramework client, QueueConsumer<String> consumer, String path) throws Exception {
        DistributedDelayQueue<String> queue = QueueBuilder.builder(client, consumer, TEXT, path).buildDelayQueue();
        queue.start();
        return () -> queue.put("item", 1);
    }

    private static Put idQueue(CuratorFramework client, QueueConsumer<String> consumer, String path) throws Exception {
        DistributedIdQueue<String> queue = QueueBuilder.builder(client, consumer, TEXT, path).buildIdQueue();
        queue.start();
        return () -> queue.put("item", "id");
    }

    private static Crowd queue(int consumers, String path, Queues queues) throws Exception {
        BlockingQueue<String> consumed = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(consumers)) {
            queues.start(client, new QueueConsumer<String>() {
                @Override
                public void consumeMessage(String item) {
                    consumed.add(item);
                }

                @Override
                public void stateChanged(CuratorFramework of, ConnectionState state) {}
            }, path);
        }
        Put put = queues.start(newClients(1).get(0), null, path);
        return steps(STEPS, () -> {
            put.item();
            next(consumed);
        });
    }

    private static Crowd simpleQueue(int takers, String path) throws Exception {
        BlockingQueue<byte[]> taken = new LinkedBlockingQueue<>();
        SimpleDistributedQueue producer = new SimpleDistributedQueue(newClients(1).get(0), path);
        for (CuratorFramework client : newClients(takers)) {
            SimpleDistributedQueue queue = new SimpleDistributedQueue(client, path);
            run(() -> {
                for (;;) taken.add(queue.take());
            });
        }
        return steps(STEPS, () -> {
            producer.offer("item".getBytes(StandardCharsets.UTF_8));
            next(taken);
        });
    }

    private static Crowd cache(int readers, String path) throws Exception {
        CuratorFramework writer = newClients(1).get(0);
        String node = path + "/node";
        writer.create().forPath(path, new byte[0]);
        writer.create().forPath(node, new byte[0]);
        BlockingQueue<Integer> seen = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> complete = new LinkedBlockingQueue<>();
        for (CuratorFramework client : newClients(readers)) {
            CuratorCache cache = CuratorCache.build(client, path);
            cache.listenable().addListener(CuratorCacheListener.builder()
                    .forInitialized(() -> complete.add(true))
                    .forChanges((before, after) -> seen.add((int) after.getData()[0]))
                    .build());
            cache.start();
        }
        for (int reader = 0; reader < readers; reader++) next(complete);
        return steps(STEPS, new Step() {
            private byte value = 0;

            @Override
            public void make() throws Exception {
                writer.setData().forPath(node, new byte[] {++value});
                for (int reader = 0; reader < readers; reader++) next(seen);
            }
        });
    }

    private static Crowd group(int members, String path) throws Exception {
        List<GroupMember> group = new ArrayList<>();
        for (CuratorFramework client : newClients(members)) {
            GroupMember member = new GroupMember(client, path, "member-" + group.size());
            member.start();
            group.add(member);
        }
        for (GroupMember member : group) await(() -> member.getCurrentMembers().size() == members);
        GroupMember newcomer = new GroupMember(newClients(1).get(0), path, "newcomer");
        return steps(1, () -> {
            newcomer.start();
            for (GroupMember member : group) await(() -> member.getCurrentMembers().size() == members + 1);
        });
    }

    private interface Step {
        void make() throws Exception;
    }

    private static Crowd steps(int count, Step step) {
        return new Crowd() {
            @Override
            public int steps() {
                return count;
            }

            @Override
            public void step() throws Exception {
                step.make();
            }
        };
    }

    private static List<CuratorFramework> newClients(int count) throws Exception {
        List<CuratorFramework> came = new ArrayList<>();
        for (int left = count; left > 0; left--) came.add(newClient(connectString));
        for (CuratorFramework client : came) client.blockUntilConnected();
        return came;
    }

    private static CuratorFramework newClient(String servers) {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(servers)
                .sessionTimeoutMs(sessionTimeoutMs)
                .connectionTimeoutMs(60_000)
                .retryPolicy(new ExponentialBackoffRetry(100, 10))
                .build();
        client.start();
        return client;
    }

    private static void run(Callable<?> work) {
        Thread thread = new Thread(() -> {
            try {
                work.call();
            } catch (Exception failure) {
                failure.printStackTrace();
                System.exit(1);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static <T> T next(BlockingQueue<T> from) throws Exception {
        T item = from.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (item == null) throw new IllegalStateException("nobody came in " + PATIENCE_S + " s");
        return item;
    }

    private static void children(String path, int atLeast) throws Exception {
        await(() -> {
            Stat stat = onlooker.checkExists().forPath(path);
            return stat != null && stat.getNumChildren() >= atLeast;
        });
    }

    private static void await(Callable<Boolean> isSo) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!isSo.call()) {
            if (System.nanoTime() > endNanos) throw new IllegalStateException("not so in " + PATIENCE_S + " s");
            Thread.sleep(5);
        }
    }
}
