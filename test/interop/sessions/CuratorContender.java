import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * A process that takes turns with others on one lock: CuratorContender HOST:PORT LOCK GUARD SESSION_TIMEOUT_MS.
 *
 * Commands on standard input: `contend TIMES CALLERS`, `acquire`, `release`, `quit`. Each hold is one line of JSON on
 * standard output. While holding, it creates the ephemeral node GUARD: finding it there means that two hold at once.
 */
public final class CuratorContender {
    private static CuratorFramework client;
    private static String lockPath;
    private static String guardPath;

    private static final class Lock extends InterProcessMutex {
        Lock() {
            super(client, lockPath);
        }

        String ownPath() {
            return getLockPath();
        }
    }

    private CuratorContender() {}

    public static void main(String[] args) throws Exception {
        lockPath = args[1];
        guardPath = args[2];
        client = CuratorFrameworkFactory.builder()
                .connectString(args[0])
                .sessionTimeoutMs(Integer.parseInt(args[3]))
                .connectionTimeoutMs(10_000)
                .retryPolicy(new ExponentialBackoffRetry(50, 10))
                .build();
        client.start();
        client.blockUntilConnected();
        say("{\"ready\": true}");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Lock held = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "contend":
                    contend(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                    say("{\"done\": true}");
                    break;
                case "acquire":
                    held = new Lock();
                    held.acquire();
                    say("{\"path\": \"" + held.ownPath() + "\", " + enter(held) + "}");
                    break;
                case "release":
                    leave();
                    held.release();
                    say("{\"released\": true}");
                    break;
                case "quit":
                    client.close();
                    return;
                default:
                    throw new IllegalArgumentException(line);
            }
        }
    }

    private static void contend(int times, int callers) throws Exception {
        AtomicInteger left = new AtomicInteger(times);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            Thread thread = new Thread(() -> {
                try {
                    Lock lock = new Lock();
                    while (left.getAndDecrement() > 0) holdOnce(lock);
                } catch (Throwable failure) {
                    synchronized (failures) {
                        failures.add(failure);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        if (!failures.isEmpty()) throw new IllegalStateException(failures.get(0));
    }

    private static void holdOnce(Lock lock) throws Exception {
        lock.acquire();
        try {
            String entered = enter(lock);
            long left = leave();
            say("{" + entered + ", \"left\": " + left + "}");
        } finally {
            lock.release();
        }
    }

    /** Takes the guard; gives the token and the moment of entering. */
    private static String enter(Lock lock) throws Exception {
        ZooKeeper raw = client.getZookeeperClient().getZooKeeper();
        Stat guard = new Stat();
        raw.create(guardPath, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL, guard);
        long entered = System.nanoTime();
        long token = raw.exists(lock.ownPath(), false).getCzxid();
        return "\"token\": " + token + ", \"guard\": " + guard.getCzxid() + ", \"entered\": " + entered;
    }

    private static long leave() throws Exception {
        long left = System.nanoTime();
        client.getZookeeperClient().getZooKeeper().delete(guardPath, -1);
        return left;
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }
}
