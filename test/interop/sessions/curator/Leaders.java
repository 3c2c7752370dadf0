import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** LeaderLatch and LeaderSelector. */
public final class Leaders implements Room {
    private final Map<String, LeaderLatch> latches = new ConcurrentHashMap<>();
    private final Map<String, LeaderSelector> selectors = new ConcurrentHashMap<>();
    private CuratorFramework client;

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        this.client = client;
        verbs.put("latch.start", words -> startLatch(words.text(), words.text(), words.text()));
        verbs.put("latch.close", words -> {
            long at = System.nanoTime();
            latches.get(words.text()).close(LeaderLatch.CloseMode.NOTIFY_LEADER);
            return Map.of("at", at);
        });
        verbs.put("latch.leads", words -> latches.get(words.text()).hasLeadership());
        verbs.put("latch.leader", words -> latches.get(words.text()).getLeader().getId());
        verbs.put("latch.participants", words -> tellOf(latches.get(words.text()).getParticipants()));
        verbs.put("selector.run", words -> runSelector(words.text(), words.text(), words.text(), words.integer()));
        verbs.put("selector.hold", words -> holdSelector(words.text(), words.text(), words.text()));
        verbs.put("selector.leader", words -> selectors.get(words.text()).getLeader().getId());
        verbs.put("selector.participants", words -> tellOf(selectors.get(words.text()).getParticipants()));
        verbs.put("selector.close", words -> {
            selectors.remove(words.text()).close();
            return null;
        });
    }

    private static List<Map<String, Object>> tellOf(Collection<Participant> participants) {
        return participants.stream()
                .map(one -> Map.<String, Object>of("id", one.getId(), "leads", one.isLeader()))
                .collect(Collectors.toList());
    }

    private Object startLatch(String name, String path, String id) throws Exception {
        LeaderLatch latch = new LeaderLatch(client, path, id);
        latch.addListener(new LeaderLatchListener() {
            @Override
            public void isLeader() {
                CuratorPeer.tell("leads", Map.of("name", name));
            }

            @Override
            public void notLeader() {
                CuratorPeer.tell("follows", Map.of("name", name));
            }
        });
        latches.put(name, latch);
        latch.start();
        return null;
    }

    /** Leads again and again until it has done so `turns` times; each time it visits the place where all leaders meet. */
    private Object runSelector(String path, String presencePath, String id, int turns) throws Exception {
        Presence presence = new Presence(client, presencePath);
        List<Map<String, Object>> records = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(turns);
        LeaderSelector selector = new LeaderSelector(client, path, new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework same) throws Exception {
                if (done.getCount() == 0) return;
                records.add(presence.visit(id));
                done.countDown();
            }
        });
        selector.setId(id);
        selector.autoRequeue();
        selector.start();
        done.await();
        selector.close();
        return records;
    }

    /** Leads once, until it is closed. */
    private Object holdSelector(String name, String path, String id) {
        LeaderSelector selector = new LeaderSelector(client, path, new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework same) throws Exception {
                CuratorPeer.tell("leads", Map.of("name", name));
                try {
                    new CountDownLatch(1).await();
                } finally {
                    CuratorPeer.tell("follows", Map.of("name", name));
                }
            }
        });
        selector.setId(id);
        selectors.put(name, selector);
        selector.start();
        return null;
    }
}
