import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * Who is inside, as the server sees it: whoever holds something makes an ephemeral node below one path, looks who else
 * has one, and removes it before giving back what it holds. Nothing of a recipe is used for it.
 */
final class Presence {
    private final CuratorFramework client;
    private final String path;

    Presence(CuratorFramework client, String path) {
        this.client = client;
        this.path = path;
    }

    /** Goes in and out again as `mark`: in what order, beside whom, from when to when. */
    Map<String, Object> visit(String mark) throws Exception {
        Map<String, Object> record = new LinkedHashMap<>();
        ZooKeeper raw = client.getZookeeperClient().getZooKeeper();
        record.put("entered", System.nanoTime());
        Stat stat = new Stat();
        String own = raw.create(
                path + "/" + mark + ":", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL, stat);
        List<String> inside = raw.getChildren(path, false);
        raw.delete(own, -1);
        record.put("mark", mark);
        record.put("order", stat.getCzxid());
        record.put("inside", inside.stream().map(name -> name.split(":")[0]).collect(Collectors.toList()));
        record.put("left", System.nanoTime());
        return record;
    }
}
