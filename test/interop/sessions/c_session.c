/* A scripted session of the C client: c_session HOST:PORT. One line of JSON for each step:
 * what was tried, whether the outcome was the expected one, and the outcome. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

#define TIMEOUT_MS 6000
#define DATA_MAX 2000000

static int failures;
static const char *hosts;

static void step(const char *name, const char *expected, const char *format, ...)
{
    static char value[8192];
    va_list list;
    va_start(list, format);
    vsnprintf(value, sizeof value, format, list);
    va_end(list);
    int ok = strcmp(value, expected) == 0;
    failures += !ok;
    printf("{\"step\": \"%s\", \"ok\": %s, \"value\": \"%s\"", name, ok ? "true" : "false", value);
    if (!ok) printf(", \"expected\": \"%s\"", expected);
    printf("}\n");
    fflush(stdout);
}

/* -- watch events, collected in order of arrival ------------------------------------------------ */

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char seen[4096];
static int seen_count;

typedef struct {
    int state;
    int lost; /* how often the connection went away */
} Link;

static struct timespec in_seconds(int seconds)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += seconds;
    return at;
}

static const char *type_name(int type)
{
    if (type == ZOO_CREATED_EVENT) return "created";
    if (type == ZOO_DELETED_EVENT) return "deleted";
    if (type == ZOO_CHANGED_EVENT) return "changed";
    if (type == ZOO_CHILD_EVENT) return "child";
    return type == ZOO_NOTWATCHING_EVENT ? "notwatching" : "other";
}

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)handle;
    (void)state;
    pthread_mutex_lock(&guard);
    if (type != ZOO_SESSION_EVENT) {
        size_t used = strlen(seen);
        snprintf(seen + used, sizeof seen - used, "%s%s %s %s", used ? ", " : "", (const char *)context,
                 type_name(type), path);
        seen_count++;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&guard);
}

static void on_session(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    (void)handle;
    (void)path;
    Link *link = context;
    if (type != ZOO_SESSION_EVENT) return;
    pthread_mutex_lock(&guard);
    if (state == ZOO_CONNECTING_STATE) link->lost++;
    link->state = state;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&guard);
}

/* Waits for as many events as are due and empties the list. */
static const char *take(int count, int seconds)
{
    static char taken[sizeof seen];
    struct timespec until = in_seconds(seconds);
    pthread_mutex_lock(&guard);
    while (seen_count < count && pthread_cond_timedwait(&changed, &guard, &until) == 0) continue;
    strcpy(taken, seen);
    seen[0] = 0;
    seen_count = 0;
    pthread_mutex_unlock(&guard);
    return taken;
}

static int await_link(Link *link, int state, int lost)
{
    struct timespec until = in_seconds(10);
    int late = 0;
    pthread_mutex_lock(&guard);
    while ((link->state != state || link->lost < lost) && !late)
        late = pthread_cond_timedwait(&changed, &guard, &until) != 0;
    pthread_mutex_unlock(&guard);
    return !late;
}

static zhandle_t *open_session_within(Link *link, const clientid_t *id, int timeout_ms)
{
    memset(link, 0, sizeof *link);
    zhandle_t *handle = zookeeper_init(hosts, on_session, timeout_ms, id, link, 0);
    if (handle == NULL || !await_link(link, ZOO_CONNECTED_STATE, 0)) {
        fprintf(stderr, "no session\n");
        exit(2);
    }
    return handle;
}

static zhandle_t *open_session(Link *link, const clientid_t *id)
{
    return open_session_within(link, id, TIMEOUT_MS);
}

/* Breaks the transport of the newest connection to the server, as a network would. */
static void break_newest_connection(void)
{
    int newest = -1;
    int port = atoi(strrchr(hosts, ':') + 1);
    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && ntohs(peer.sin_port) == port) newest = fd;
    }
    shutdown(newest, SHUT_RDWR);
}

/* -- values as text ----------------------------------------------------------------------------- */

static const char *stat_text(const struct Stat *stat, zhandle_t *handle)
{
    static char text[2][256];
    static int turn;
    long long now = (long long)time(NULL) * 1000;
    int fresh = llabs(now - stat->ctime) < 60000 && llabs(now - stat->mtime) < 60000;
    const char *owner = stat->ephemeralOwner == 0                                    ? "none"
                        : stat->ephemeralOwner == zoo_client_id(handle)->client_id ? "own"
                                                                                    : "other";
    turn = !turn;
    snprintf(text[turn], sizeof text[turn], "%lld %lld v%d c%d a%d %s %d bytes %d children %lld %s",
             (long long)stat->czxid, (long long)stat->mzxid, stat->version, stat->cversion, stat->aversion, owner,
             stat->dataLength, stat->numChildren, (long long)stat->pzxid, fresh ? "fresh" : "stale");
    return text[turn];
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static const char *names_text(struct String_vector *names)
{
    static char text[4096];
    text[0] = 0;
    qsort(names->data, names->count, sizeof names->data[0], by_name);
    for (int at = 0; at < names->count; at++) {
        if (at > 0) strcat(text, ",");
        strcat(text, names->data[at]);
    }
    deallocate_String_vector(names);
    return text;
}

static const char *acl_text(struct ACL_vector *acl)
{
    static char text[1024];
    text[0] = 0;
    for (int at = 0; at < acl->count; at++)
        sprintf(text + strlen(text), "%s%d:%s:%s", at ? "," : "", acl->data[at].perms, acl->data[at].id.scheme,
                acl->data[at].id.id);
    deallocate_ACL_vector(acl);
    return text;
}

static const char *data_of(zhandle_t *handle, const char *path)
{
    static char data[4096];
    int length = sizeof data - 1;
    int rc = zoo_get(handle, path, 0, data, &length, NULL);
    if (rc != ZOK) snprintf(data, sizeof data, "rc %d", rc);
    else if (length < 0) strcpy(data, "null");
    else data[length] = 0;
    return data;
}

static int create(zhandle_t *handle, const char *path, const char *data, int mode)
{
    return zoo_create(handle, path, data, data ? (int)strlen(data) : -1, &ZOO_OPEN_ACL_UNSAFE, mode, NULL, 0);
}

/* -- the session -------------------------------------------------------------------------------- */

static zhandle_t *one, *two;
static Link link_one, link_two;

static void reads_and_writes(void)
{
    struct Stat stat;
    struct String_vector names;
    char path[256];
    int rc = zoo_create(one, "/c", "root", 4, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    step("create", "0 /c", "%d %s", rc, path);
    step("create again", "-110", "%d", create(one, "/c", "x", 0));
    step("create below nothing", "-101", "%d", create(one, "/none/child", "x", 0));
    rc = zoo_create2(one, "/c/two", "12345", 5, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path, &stat);
    step("create2", "0 /c/two 6 6 v0 c0 a0 none 5 bytes 0 children 6 fresh", "%d %s %s", rc, path,
         stat_text(&stat, one));
    step("get", "root", "%s", data_of(one, "/c"));
    step("get nothing", "rc -101", "%s", data_of(one, "/none"));
    step("exists nothing", "-101", "%d", zoo_exists(one, "/none", 0, &stat));
    step("exists", "0", "%d", zoo_exists(one, "/c", 0, &stat));
    step("stat", "3 3 v0 c1 a0 none 4 bytes 1 children 6 fresh", "%s", stat_text(&stat, one));
    rc = zoo_set2(one, "/c", "new", 3, 0, &stat);
    step("set2", "0 3 7 v1 c1 a0 none 3 bytes 1 children 6 fresh", "%d %s", rc, stat_text(&stat, one));
    step("set old version", "-103", "%d", zoo_set(one, "/c", "x", 1, 0));
    step("set nothing", "-101", "%d", zoo_set(one, "/none", "x", 1, -1));
    rc = create(one, "/c/null", NULL, 0);
    step("null data", "0 null", "%d %s", rc, data_of(one, "/c/null"));
    rc = create(one, "/c/empty", "", 0);
    step("empty data", "0 ", "%d %s", rc, data_of(one, "/c/empty"));
    rc = create(one, "/c/\xc3\xbc\xe6\xbc\xa2", "u", 0);
    step("unicode path", "0 u", "%d %s", rc, data_of(one, "/c/\xc3\xbc\xe6\xbc\xa2"));
    char *large = malloc(DATA_MAX);
    memset(large, 'x', 1000000);
    int length = DATA_MAX;
    rc = zoo_set(one, "/c/empty", large, 1000000, -1);
    int got = zoo_get(one, "/c/empty", 0, large, &length, &stat);
    step("large data", "0 0 1000000 1000000", "%d %d %d %d", rc, got, length, stat.dataLength);
    free(large);
    zoo_get_children(one, "/c", 0, &names);
    step("children", "empty,null,two,\xc3\xbc\xe6\xbc\xa2", "%s", names_text(&names));
    rc = zoo_get_children2(one, "/c/two", 0, &names, &stat);
    step("children2", "0  6 6 v0 c0 a0 none 5 bytes 0 children 6 fresh", "%d %s %s", rc, names_text(&names),
         stat_text(&stat, one));
    step("delete with children", "-111", "%d", zoo_delete(one, "/c", -1));
    step("delete old version", "-103", "%d", zoo_delete(one, "/c/two", 7));
    step("delete", "0", "%d", zoo_delete(one, "/c/two", 0));
    step("delete nothing", "-101", "%d", zoo_delete(one, "/c/two", -1));
    step("delete what is reserved", "-8", "%d", zoo_delete(one, "/zookeeper/quota", -1));
}

static pthread_cond_t sync_done = PTHREAD_COND_INITIALIZER;
static char sync_answer[64];

static void on_sync(int rc, const char *value, const void *context)
{
    (void)context;
    pthread_mutex_lock(&guard);
    snprintf(sync_answer, sizeof sync_answer, "%d %s", rc, value);
    pthread_cond_signal(&sync_done);
    pthread_mutex_unlock(&guard);
}

static void kinds_of_node(void)
{
    struct Stat stat;
    char path[256];
    zoo_create(one, "/c/s-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL, path, sizeof path);
    step("sequential", "/c/s-0000000004", "%s", path);
    zoo_create(one, "/c/t-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL, path, sizeof path);
    step("sequential again", "/c/t-0000000005", "%s", path);
    int rc = zoo_create2(two, "/c/e", "e", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, path, sizeof path, &stat);
    step("ephemeral", "0 /c/e own", "%d %s %s", rc, path,
         stat.ephemeralOwner == zoo_client_id(two)->client_id ? "own" : "other");
    zoo_create(two, "/c/es-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL, path, sizeof path);
    step("ephemeral sequential", "/c/es-0000000007", "%s", path);
    step("child of ephemeral", "-108", "%d", create(one, "/c/e/child", "x", 0));
    rc = zoo_create2(one, "/c/box", NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, path, sizeof path, &stat);
    step("container", "0 /c/box none", "%d %s %s", rc, path, stat.ephemeralOwner == 0 ? "none" : "some");
    rc = zoo_create2_ttl(one, "/c/ttl", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 600000, path,
                         sizeof path, &stat);
    step("with ttl", "0 /c/ttl none", "%d %s %s", rc, path, stat.ephemeralOwner == 0 ? "none" : "some");
    rc = zoo_create_ttl(one, "/c/ttl-", "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 600000,
                        path, sizeof path);
    step("sequential with ttl", "0 /c/ttl-0000000010", "%d %s", rc, path);
    pthread_mutex_lock(&guard);
    zoo_async(one, "/c", on_sync, NULL);
    struct timespec until = in_seconds(10);
    while (!sync_answer[0] && pthread_cond_timedwait(&sync_done, &guard, &until) == 0) continue;
    pthread_mutex_unlock(&guard);
    step("sync", "0 /c", "%s", sync_answer);
}

static void watches(void)
{
    struct Stat stat;
    struct String_vector names;
    char data[64];
    int length = sizeof data;
    zoo_wget(one, "/c", on_event, "data", data, &length, NULL);
    zoo_set(two, "/c", "w1", 2, -1);
    zoo_set(two, "/c", "w2", 2, -1);
    step("data watch fires once", "data changed /c", "%s", take(1, 10));
    int rc = zoo_wexists(one, "/c/later", on_event, "exist", &stat);
    create(two, "/c/later", "", 0);
    step("exists watch on nothing", "-101 exist created /c/later", "%d %s", rc, take(1, 10));
    zoo_wexists(one, "/c/later", on_event, "exist", &stat);
    zoo_delete(two, "/c/later", -1);
    step("exists watch", "exist deleted /c/later", "%s", take(1, 10));
    zoo_wget_children(one, "/c", on_event, "child", &names);
    deallocate_String_vector(&names);
    create(two, "/c/later", "", 0);
    step("child watch", "child child /c", "%s", take(1, 10));
    zoo_wget_children2(one, "/c/later", on_event, "child", &names, &stat);
    deallocate_String_vector(&names);
    zoo_delete(two, "/c/later", -1);
    step("child watch on a deleted node", "child deleted /c/later", "%s", take(1, 10));
    length = sizeof data;
    zoo_wget(one, "/c", on_event, "own", data, &length, NULL);
    zoo_set(one, "/c", "w3", 2, -1);
    step("own write", "own changed /c", "%s", take(1, 10));
    length = sizeof data;
    zoo_wget(one, "/c", on_event, "removed", data, &length, NULL);
    step("remove watches", "0", "%d", zoo_remove_all_watches(one, "/c", ZWATCHTYPE_DATA, 0));
    zoo_set(two, "/c", "w4", 2, -1);
    step("remove what is not there", "-121", "%d",
         zoo_remove_all_watches(one, "/c", ZWATCHTYPE_CHILD, 0));
    zoo_wexists(one, "/c", on_event, "after", &stat);
    zoo_set(two, "/c", "w5", 2, -1);
    step("removed watch is silent", "after changed /c", "%s", take(1, 10));
}

static void transactions(void)
{
    struct Stat stat;
    char first[64], second[64];
    zoo_op_t ops[6];
    zoo_op_result_t results[6];
    memset(results, 0, sizeof results);
    zoo_create_op_init(&ops[0], "/c/m", "m", 1, &ZOO_OPEN_ACL_UNSAFE, 0, first, sizeof first);
    zoo_create_op_init(&ops[1], "/c/m/s-", "c", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL, second,
                       sizeof second);
    zoo_set_op_init(&ops[2], "/c/m", "m2", 2, 0, &stat);
    zoo_check_op_init(&ops[3], "/c/m", 1);
    zoo_create_op_init(&ops[4], "/c/gone", "m", 1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    zoo_delete_op_init(&ops[5], "/c/gone", 0);
    int rc = zoo_multi(one, 6, ops, results);
    step("multi", "0 [0 0 0 0 0 0] /c/m /c/m/s-0000000000 v1 1 children", "%d [%d %d %d %d %d %d] %s %s v%d %d children",
         rc, results[0].err, results[1].err, results[2].err, results[3].err, results[4].err, results[5].err, first,
         second, stat.version, stat.numChildren);
    zoo_create_op_init(&ops[0], "/c/undone", "m", 1, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
    zoo_check_op_init(&ops[1], "/c/m", 99);
    zoo_delete_op_init(&ops[2], "/c/m", -1);
    rc = zoo_multi(one, 3, ops, results);
    step("failed multi", "-103 [0 -103 -2]", "%d [%d %d %d]", rc, results[0].err, results[1].err, results[2].err);
    step("failed multi left nothing", "-101", "%d", zoo_exists(one, "/c/undone", 0, &stat));
}

static void on_auth(int rc, const void *context)
{
    (void)context;
    pthread_mutex_lock(&guard);
    snprintf(sync_answer, sizeof sync_answer, "%d", rc);
    pthread_cond_signal(&sync_done);
    pthread_mutex_unlock(&guard);
}

static const char *authenticate(zhandle_t *handle, const char *scheme, const char *credential)
{
    static char answer[64];
    struct timespec until = in_seconds(10);
    pthread_mutex_lock(&guard);
    sync_answer[0] = 0;
    zoo_add_auth(handle, scheme, credential, (int)strlen(credential), on_auth, NULL);
    while (!sync_answer[0] && pthread_cond_timedwait(&sync_done, &guard, &until) == 0) continue;
    strcpy(answer, sync_answer);
    pthread_mutex_unlock(&guard);
    return answer;
}

static void access_control(void)
{
    struct Stat stat;
    struct ACL_vector acl;
    struct ACL bogus = {31, {"bogus", "x"}};
    struct ACL_vector bogus_list = {1, &bogus};
    struct ACL mixed[2] = {{31, {"auth", ""}}, {1, {"world", "anyone"}}};
    struct ACL_vector mixed_list = {2, mixed};
    int rc = zoo_get_acl(one, "/c", &acl, &stat);
    step("open acl", "0 31:world:anyone", "%d %s", rc, acl_text(&acl));
    step("unknown scheme", "-114", "%d", zoo_create(one, "/c/acl", "x", 1, &bogus_list, 0, NULL, 0));
    step("scheme auth without identity", "-114", "%d",
         zoo_create(one, "/c/acl", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    step("add auth", "0", "%s", authenticate(one, "digest", "alice:secret"));
    step("scheme auth", "0", "%d", zoo_create(one, "/c/acl", "x", 1, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    rc = zoo_get_acl(one, "/c/acl", &acl, &stat);
    step("stored acl", "0 31:digest:alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=", "%d %s", rc, acl_text(&acl));
    step("read", "x", "%s", data_of(one, "/c/acl"));
    step("no right", "-102 -102 -102", "%d %d %d", zoo_set(two, "/c/acl", "y", 1, -1),
         create(two, "/c/acl/child", "x", 0), zoo_set_acl(two, "/c/acl", -1, &ZOO_OPEN_ACL_UNSAFE));
    step("no right to read", "rc -102", "%s", data_of(two, "/c/acl"));
    step("set acl", "0", "%d", zoo_set_acl(one, "/c/acl", 0, &mixed_list));
    step("set acl old version", "-103", "%d", zoo_set_acl(one, "/c/acl", 0, &mixed_list));
    rc = zoo_get_acl(two, "/c/acl", &acl, &stat);
    step("digest is hidden from readers", "0 31:digest:alice:x,1:world:anyone a1", "%d %s a%d", rc, acl_text(&acl),
         stat.aversion);
    Link link;
    zhandle_t *boss = open_session(&link, NULL);
    const char *answer = authenticate(boss, "digest", "super:admin");
    step("super", "0 0", "%s %d", answer, zoo_set(boss, "/c/acl", "z", 1, -1));
    zookeeper_close(boss);
    zhandle_t *refused = open_session(&link, NULL);
    step("refused credential", "-115", "%s", authenticate(refused, "bogus", "x"));
    step("refused session", "1", "%d", is_unrecoverable(refused) != 0);
    zookeeper_close(refused);
}

static void quota(void)
{
    const char *stats = "/zookeeper/quota/c/q/zookeeper_stats";
    create(one, "/c/q", "0123456789", 0);
    create(one, "/zookeeper/quota/c", "", 0);
    create(one, "/zookeeper/quota/c/q", "", 0);
    create(one, "/zookeeper/quota/c/q/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=40;countHardLimit=3", 0);
    create(one, stats, "count=0,bytes=0", 0);
    step("quota is counted at once", "count=1,bytes=10", "%s", data_of(one, stats));
    create(one, "/c/q/a", "0123456789", 0);
    create(one, "/c/q/b", "01234", 0);
    step("quota follows", "count=3,bytes=25", "%s", data_of(one, stats));
    step("too many nodes", "-125", "%d", create(one, "/c/q/c", "", 0));
    step("too many bytes", "-125", "%d", zoo_set(one, "/c/q/b", "012345678901234567890123456789", 30, -1));
    zoo_delete(one, "/c/q/b", -1);
    step("quota shrinks", "count=2,bytes=20", "%s", data_of(one, stats));
}

static void sessions(void)
{
    struct Stat stat;
    struct String_vector names;
    char data[64];
    int length = sizeof data;
    /* Three watches go through a lost connection: one fires on what happened meanwhile, two later. */
    Link link;
    zhandle_t *three = open_session(&link, NULL);
    create(three, "/c/three", "3", ZOO_EPHEMERAL);
    zoo_wget(three, "/c", on_event, "kept data", data, &length, NULL);
    zoo_wexists(three, "/c/wanted", on_event, "kept exist", &stat);
    zoo_wget_children(three, "/c/m", on_event, "kept child", &names);
    deallocate_String_vector(&names);
    break_newest_connection();
    zoo_set(one, "/c", "meanwhile", 9, -1);
    int back = await_link(&link, ZOO_CONNECTED_STATE, 1);
    step("connection lost and found", "1 3", "%d %s", back, data_of(three, "/c/three"));
    step("data watch survives", "kept data changed /c", "%s", take(1, 10));
    create(one, "/c/wanted", "", 0);
    step("exists watch survives", "kept exist created /c/wanted", "%s", take(1, 10));
    create(one, "/c/m/new", "", 0);
    step("child watch survives", "kept child child /c/m", "%s", take(1, 10));

    zoo_wexists(one, "/c/three", on_event, "cleanup", &stat);
    zookeeper_close(three);
    step("ephemeral goes on close", "cleanup deleted /c/three", "%s", take(1, 10));
}

/* Another process that holds a session and an ephemeral node, so that it can be killed or frozen. */
static pid_t hold_in_child(const char *path, const char *timeout_ms, FILE **says, clientid_t *id)
{
    int ends[2];
    if (pipe(ends) != 0) exit(2);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "c_session", hosts, path, timeout_ms, (char *)NULL);
        _exit(2);
    }
    close(ends[1]);
    *says = fdopen(ends[0], "r");
    if (fread(id, sizeof *id, 1, *says) != 1) exit(2);
    return child;
}

static int child_main(const char *path, const char *timeout_ms)
{
    Link link;
    zhandle_t *handle = open_session_within(&link, NULL, atoi(timeout_ms));
    if (create(handle, path, "held", ZOO_EPHEMERAL) != ZOK) return 2;
    fwrite(zoo_client_id(handle), sizeof(clientid_t), 1, stdout);
    fflush(stdout);
    if (!await_link(&link, ZOO_EXPIRED_SESSION_STATE, 0)) return 3;
    printf("expired\n");
    fflush(stdout);
    zookeeper_close(handle);
    return 0;
}

static void other_processes(void)
{
    struct Stat stat;
    clientid_t id;
    FILE *says;
    Link link;
    char line[64] = "";

    /* The process is killed: whoever knows its session can go on with it. */
    pid_t child = hold_in_child("/c/orphan", "10000", &says, &id);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    fclose(says);
    zhandle_t *heir = open_session(&link, &id);
    step("session taken over", "1", "%d", zoo_client_id(heir)->client_id == id.client_id);
    int rc = zoo_exists(heir, "/c/orphan", 0, &stat);
    step("its ephemeral is there", "0 own", "%d %s", rc, stat.ephemeralOwner == id.client_id ? "own" : "other");
    zoo_wexists(one, "/c/orphan", on_event, "cleanup", &stat);
    zookeeper_close(heir);
    step("ephemeral goes with its session", "cleanup deleted /c/orphan", "%s", take(1, 10));

    /* The process is frozen for longer than its session lasts, and learns of it when it wakes up. */
    child = hold_in_child("/c/frozen", "1000", &says, &id);
    zoo_wexists(one, "/c/frozen", on_event, "expiry", &stat);
    kill(child, SIGSTOP);
    step("session expires", "expiry deleted /c/frozen", "%s", take(1, 20));
    kill(child, SIGCONT);
    if (fgets(line, sizeof line, says) == NULL) strcpy(line, "nothing");
    line[strcspn(line, "\n")] = 0;
    waitpid(child, NULL, 0);
    fclose(says);
    step("and its owner is told", "expired", "%s", line);
    memset(&link, 0, sizeof link);
    zhandle_t *late = zookeeper_init(hosts, on_session, TIMEOUT_MS, &id, &link, 0);
    step("an expired session cannot be taken over", "1", "%d", await_link(&link, ZOO_EXPIRED_SESSION_STATE, 0));
    zookeeper_close(late);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    hosts = argv[1];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    if (argc == 4) return child_main(argv[2], argv[3]);
    one = open_session(&link_one, NULL);
    two = open_session(&link_two, NULL);
    step("timeout", "6000", "%d", zoo_recv_timeout(one));
    reads_and_writes();
    kinds_of_node();
    watches();
    transactions();
    access_control();
    quota();
    char config[256] = "";
    int length = sizeof config;
    step("config", "0 ", "%d %s", zoo_getconfig(one, 0, config, &length, NULL), config);
    step("config node", "", "%s", data_of(one, ZOO_CONFIG_NODE));
    step("reconfig", "-123", "%d", zoo_reconfig(one, NULL, "1", NULL, -1, config, &length, NULL));
    sessions();
    other_processes();
    zookeeper_close(two);
    step("close", "0", "%d", zookeeper_close(one));
    return failures != 0;
}
