import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.ExponentialBackoffRetry;

/** The same contest as hand-over.mjs, between Curator's locks: CONNECT_STRING PATH CONTENDERS WARM_UP_S SECONDS. */
public final class CuratorHandOver {
    private static final AtomicInteger holders = new AtomicInteger();
    private static final AtomicLong turns = new AtomicLong();
    private static volatile boolean isRunning = true;

    private CuratorHandOver() {}

    public static void main(String[] args) throws Exception {
        String path = args[1];
        int contenders = Integer.parseInt(args[2]);
        List<CuratorFramework> clients = new ArrayList<>();
        for (int i = 0; i < contenders; i++) {
            CuratorFramework client =
                    CuratorFrameworkFactory.newClient(args[0], new ExponentialBackoffRetry(100, 5));
            client.start();
            clients.add(client);
        }
        for (CuratorFramework client : clients) client.blockUntilConnected();
        List<Thread> threads = new ArrayList<>();
        for (CuratorFramework client : clients) {
            Thread thread = new Thread(() -> contend(new InterProcessMutex(client, path)));
            threads.add(thread);
            thread.start();
        }
        Thread.sleep((long) (Double.parseDouble(args[3]) * 1e3));
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long turnsBefore = turns.get();
        long nanosBefore = System.nanoTime();
        long cpuBefore = system.getProcessCpuTime();
        Thread.sleep((long) (Double.parseDouble(args[4]) * 1e3));
        long taken = turns.get() - turnsBefore;
        double seconds = (System.nanoTime() - nanosBefore) / 1e9;
        double cpuMicros = (system.getProcessCpuTime() - cpuBefore) / 1e3;
        isRunning = false;
        for (Thread thread : threads) thread.join();
        for (CuratorFramework client : clients) client.close();
        System.out.println("{\"ops\": " + taken / seconds + ", \"cpu\": " + cpuMicros / Math.max(1, taken) + "}");
        System.exit(0);
    }

    private static void contend(InterProcessMutex mutex) {
        try {
            while (isRunning) {
                mutex.acquire();
                if (holders.incrementAndGet() != 1) throw new IllegalStateException("two hold the lock at once");
                turns.incrementAndGet();
                holders.decrementAndGet();
                mutex.release();
            }
        } catch (Exception failure) {
            System.err.println(failure);
            System.exit(1);
        }
    }
}
