import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceInstanceBuilder;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.ServiceType;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;

/** Service discovery. The payload of a service is text, a map, or a {@link Host}; a serializer is for one of them. */
public final class Discovery implements Room {
    /** What a Java program would have as the class of its payload. */
    public static final class Host {
        public String zone;
        public int weight;
    }

    private record Opened(Class<Object> payload, ServiceDiscovery<Object> services) {}

    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Opened> opened = new ConcurrentHashMap<>();
    private final Map<String, ServiceInstance<Object>> own = new ConcurrentHashMap<>();
    private final Map<String, ServiceCache<Object>> caches = new ConcurrentHashMap<>();
    private final Map<String, ServiceProvider<Object>> providers = new ConcurrentHashMap<>();

    @Override
    public void furnish(CuratorFramework client, Map<String, Verb> verbs) {
        verbs.put("discovery.open", words -> open(client, words.text(), words));
        verbs.put("discovery.register", words -> {
            Opened one = opened.get(words.text());
            ServiceInstance<Object> instance = instanceOf(json.readTree(words.text()), one.payload());
            own.put(instance.getId(), instance);
            one.services().registerService(instance);
            return null;
        });
        verbs.put("discovery.update", words -> {
            Opened one = opened.get(words.text());
            ServiceInstance<Object> instance = instanceOf(json.readTree(words.text()), one.payload());
            own.put(instance.getId(), instance);
            one.services().updateService(instance);
            return null;
        });
        verbs.put("discovery.unregister", words -> {
            opened.get(words.text()).services().unregisterService(own.remove(words.text()));
            return null;
        });
        verbs.put("discovery.names", words -> new TreeSet<>(opened.get(words.text()).services().queryForNames()));
        verbs.put("discovery.instances", words -> tell(opened.get(words.text()).services().queryForInstances(words.text())));
        verbs.put("discovery.cache", words -> {
            String key = words.text();
            ServiceCache<Object> cache =
                    opened.get(key).services().serviceCacheBuilder().name(words.text()).build();
            caches.put(key, cache);
            cache.start();
            return null;
        });
        verbs.put("discovery.cached", words -> tell(caches.get(words.text()).getInstances()));
        verbs.put("discovery.provide", words -> {
            String key = words.text();
            ServiceProvider<Object> provider =
                    opened.get(key).services().serviceProviderBuilder().serviceName(words.text()).build();
            providers.put(key, provider);
            provider.start();
            return null;
        });
        verbs.put("discovery.pick", words -> {
            ServiceInstance<Object> picked = providers.get(words.text()).getInstance();
            return picked == null ? null : picked.getId();
        });
        verbs.put("discovery.close", words -> {
            opened.remove(words.text()).services().close();
            return null;
        });
    }

    @SuppressWarnings("unchecked")
    private Object open(CuratorFramework client, String name, Words words) throws Exception {
        String basePath = words.text();
        Class<?> payload = switch (words.text()) {
            case "text" -> String.class;
            case "map" -> Map.class;
            case "host" -> Host.class;
            default -> Object.class;
        };
        Class<Object> type = (Class<Object>) payload;
        boolean isCompatible = !words.more() || !words.text().equals("enabled");
        ServiceDiscovery<Object> services = ServiceDiscoveryBuilder.builder(type)
                .client(client)
                .basePath(basePath)
                .serializer(new JsonInstanceSerializer<>(type, isCompatible))
                .build();
        opened.put(name, new Opened(type, services));
        services.start();
        return null;
    }

    private ServiceInstance<Object> instanceOf(com.fasterxml.jackson.databind.JsonNode from, Class<Object> payload)
            throws Exception {
        ServiceInstanceBuilder<Object> builder = ServiceInstance.builder();
        builder.name(from.get("name").asText()).id(from.get("id").asText()).address(from.get("address").asText());
        if (from.has("port")) builder.port(from.get("port").asInt());
        if (from.has("sslPort")) builder.sslPort(from.get("sslPort").asInt());
        if (from.has("serviceType")) builder.serviceType(ServiceType.valueOf(from.get("serviceType").asText()));
        if (from.has("uriSpec")) builder.uriSpec(new UriSpec(from.get("uriSpec").asText()));
        if (from.has("enabled")) builder.enabled(from.get("enabled").asBoolean());
        if (from.has("payload")) builder.payload(json.treeToValue(from.get("payload"), payload));
        return builder.build();
    }

    private static Object tell(Collection<ServiceInstance<Object>> instances) {
        return instances.stream().map(Discovery::tell).collect(Collectors.toList());
    }

    private static Map<String, Object> tell(ServiceInstance<Object> instance) {
        Map<String, Object> told = new LinkedHashMap<>();
        Object payload = instance.getPayload();
        told.put("name", instance.getName());
        told.put("id", instance.getId());
        told.put("address", instance.getAddress());
        told.put("port", instance.getPort());
        told.put("sslPort", instance.getSslPort());
        told.put("payload", payload instanceof Host host ? Map.of("zone", host.zone, "weight", host.weight) : payload);
        told.put("serviceType", instance.getServiceType());
        told.put("uri", instance.getUriSpec() == null ? null : instance.buildUriSpec());
        told.put("enabled", instance.isEnabled());
        told.put("registrationTimeUTC", instance.getRegistrationTimeUTC());
        return told;
    }
}
