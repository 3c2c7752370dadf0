import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.zookeeper.CreateMode;

/** CuratorCache, PersistentNode, PersistentTtlNode, GroupMember, and plain writes for them to see. Data is text. */
public final class Caches implements Room {
    private final Map<String, CuratorCache> caches = new ConcurrentHashMap<>();
    private final Map<String, GroupMember> members = new ConcurrentHashMap<>();
    private final Map<String, PersistentNode> nodes = new ConcurrentHashMap<>();
    private final Map<String, PersistentTtlNode> ttlNodes = new ConcurrentHashMap<>();
    private CuratorFramework client;

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        this.client = client;
        verbs.put("node.set", words -> client.create().orSetData().creatingParentsIfNeeded().forPath(words.text(), words.bytes()));
        verbs.put("node.delete", words -> client.delete().deletingChildrenIfNeeded().forPath(words.text()));
        verbs.put("cache.open", words -> openCache(words.text(), words.text(), words.text()));
        verbs.put("cache.entries", words -> {
            Map<String, byte[]> entries = new TreeMap<>();
            caches.get(words.text()).stream()
                    .forEach(one -> entries.put(one.getPath(), one.getData() == null ? new byte[0] : one.getData()));
            return entries;
        });
        verbs.put("cache.close", words -> {
            caches.remove(words.text()).close();
            return null;
        });
        verbs.put("group.join", words -> {
            String name = words.text();
            GroupMember member = new GroupMember(client, words.text(), words.text(), words.bytes());
            members.put(name, member);
            member.start();
            return null;
        });
        verbs.put("group.members", words -> new TreeMap<>(members.get(words.text()).getCurrentMembers()));
        verbs.put("group.setData", words -> {
            members.get(words.text()).setThisData(words.bytes());
            return null;
        });
        verbs.put("group.leave", words -> {
            members.remove(words.text()).close();
            return null;
        });
        persistent(verbs);
    }

    private void persistent(Map<String, Verb> verbs) {
        verbs.put("persistent.open", words -> {
            String name = words.text();
            CreateMode mode = CreateMode.valueOf(words.text());
            boolean isProtected = words.text().equals("protected");
            PersistentNode node = new PersistentNode(client, mode, isProtected, words.text(), words.bytes());
            nodes.put(name, node);
            node.start();
            node.waitForInitialCreate(30, TimeUnit.SECONDS);
            return node.getActualPath();
        });
        verbs.put("persistent.setData", words -> {
            nodes.get(words.text()).setData(words.bytes());
            return null;
        });
        verbs.put("persistent.close", words -> {
            nodes.remove(words.text()).close();
            return null;
        });
        verbs.put("ttl.open", words -> {
            String name = words.text();
            PersistentTtlNode node = new PersistentTtlNode(client, words.text(), words.number(), words.bytes());
            ttlNodes.put(name, node);
            node.start();
            node.waitForInitialCreate(30, TimeUnit.SECONDS);
            return null;
        });
        verbs.put("ttl.close", words -> {
            ttlNodes.remove(words.text()).close();
            return null;
        });
    }

    /** `how` is `tree` or `single`. */
    private Object openCache(String name, String path, String how) {
        CuratorCache cache = how.equals("single")
                ? CuratorCache.build(client, path, CuratorCache.Options.SINGLE_NODE_CACHE)
                : CuratorCache.build(client, path);
        cache.listenable().addListener(new CuratorCacheListener() {
            @Override
            public void event(Type type, ChildData before, ChildData after) {
                ChildData seen = after == null ? before : after;
                Map<String, Object> told = new HashMap<>();
                told.put("name", name);
                told.put("type", type);
                told.put("path", seen.getPath());
                told.put("data", after == null ? null : after.getData());
                CuratorPeer.tell("cache", told);
            }

            @Override
            public void initialized() {
                CuratorPeer.tell("initialized", Map.of("name", name));
            }
        });
        caches.put(name, cache);
        cache.start();
        return null;
    }
}
