import java.util.Map;
import org.apache.curator.framework.CuratorFramework;

/** Recipes of one kind: puts what can be done with them into the table of verbs. */
interface Room {
    void furnish(CuratorFramework client, Map<String, Verb> verbs) throws Exception;
}
