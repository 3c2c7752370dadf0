"""A scripted session of kazoo: kazoo_session.py HOST:PORT. See steps.py."""
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.security import ACL, Id, make_acl, make_digest_acl
from steps import Events, finish, raised, step, wait_for

HOSTS = sys.argv[1]
logging.disable(logging.CRITICAL)


def connect(**kwargs):
    client = KazooClient(hosts=HOSTS, timeout=6.0, **kwargs)
    client.start(timeout=10)
    return client


def stat_of(stat, client):
    fresh = all(abs(time.time() * 1000 - at) < 60000 for at in (stat.ctime, stat.mtime))
    owner = "none" if stat.ephemeralOwner == 0 else "own" if stat.ephemeralOwner == client.client_id[0] else "other"
    return [stat.czxid, stat.mzxid, stat.version, stat.cversion, stat.aversion, owner, stat.dataLength,
            stat.numChildren, stat.pzxid, "fresh" if fresh else "stale"]


def hold_in_child(path, timeout):
    """Another process that holds a session and an ephemeral node, so that it can be killed or frozen."""
    process = subprocess.Popen([sys.executable, __file__, HOSTS, path, str(timeout)], stdout=subprocess.PIPE)
    session_id, password = json.loads(process.stdout.readline())
    return process, (session_id, bytes.fromhex(password))


def hold(path, timeout):
    """What that process does: says who it is, then what became of its session."""
    states = []
    client = KazooClient(hosts=HOSTS, timeout=timeout)
    client.start()
    client.create(path, b"held", ephemeral=True)
    client.add_listener(states.append)
    print(json.dumps([client.client_id[0], client.client_id[1].hex()]), flush=True)
    wait_for(lambda: states[-2:] == ["LOST", "CONNECTED"], timeout=30)
    print(json.dumps(states), flush=True)
    client.stop()


if len(sys.argv) == 4:
    hold(sys.argv[2], float(sys.argv[3]))
    sys.exit(0)

one = connect()
two = connect()
seen = Events()

# Create, read, update, delete.
step("session id", one.client_id[0] != 0 and one.client_id[0] != two.client_id[0], True)
step("create", one.create("/kz", b"root"), "/kz")
step("create again", raised(one.create, "/kz"), "raised NodeExistsError")
step("create below nothing", raised(one.create, "/none/child"), "raised NoNodeError")
step("create parents", one.create("/kz/deep/er/node", b"x", makepath=True), "/kz/deep/er/node")
path, stat = one.create("/kz/two", b"12345", include_data=True)
step("create with stat", [path, stat_of(stat, one)], ["/kz/two", [10, 10, 0, 0, 0, "none", 5, 0, 10, "fresh"]])
data, stat = one.get("/kz")
step("get", [data, stat_of(stat, one)], ["root", [3, 3, 0, 2, 0, "none", 4, 2, 10, "fresh"]])
step("get nothing", raised(one.get, "/none"), "raised NoNodeError")
step("exists nothing", one.exists("/none"), None)
step("set", stat_of(one.set("/kz", b"new", version=0), one), [3, 11, 1, 2, 0, "none", 3, 2, 10, "fresh"])
step("set old version", raised(one.set, "/kz", b"new", version=0), "raised BadVersionError")
step("set nothing", raised(one.set, "/none", b"x"), "raised NoNodeError")
step("empty data", [one.create("/kz/empty", b""), one.get("/kz/empty")[0]], ["/kz/empty", ""])
step("any bytes", [one.set("/kz/empty", bytes(range(256))).dataLength, one.get("/kz/empty")[0] == bytes(range(256))],
     [256, True])
step("unicode path", [one.create(u"/kz/\u00fc\u6f22\u5b57", b"u"), one.get(u"/kz/\u00fc\u6f22\u5b57")[0]],
     [u"/kz/\u00fc\u6f22\u5b57", "u"])
step("large data", [one.set("/kz/empty", b"x" * 1000000).dataLength, len(one.get("/kz/empty")[0])], [1000000, 1000000])
step("children", sorted(one.get_children("/kz")), ["deep", "empty", "two", u"\u00fc\u6f22\u5b57"])
names, stat = one.get_children("/kz/deep", include_data=True)
step("children with stat", [names, stat_of(stat, one)], [["er"], [7, 7, 0, 1, 0, "none", 0, 1, 8, "fresh"]])
step("delete with children", raised(one.delete, "/kz/deep"), "raised NotEmptyError")
step("delete old version", raised(one.delete, "/kz/two", version=7), "raised BadVersionError")
step("delete", [one.delete("/kz/two"), one.exists("/kz/two")], [True, None])
step("delete tree", [one.delete("/kz/deep", recursive=True), one.exists("/kz/deep")], [None, None])
step("sync", one.sync("/kz"), "/kz")
step("bad path", raised(one.create, "/kz/bad\x01"), "raised BadArgumentsError")

# Kinds of node.
step("sequential", [one.create("/kz/s-", sequence=True), one.create("/kz/s-", sequence=True),
                    one.create("/kz/t-", sequence=True)],
     ["/kz/s-0000000004", "/kz/s-0000000005", "/kz/t-0000000006"])
step("sequential without a name", one.create("/kz/", sequence=True), "/kz/0000000007")
step("ephemeral", [two.create("/kz/e", b"e", ephemeral=True), stat_of(one.exists("/kz/e"), two)[5]], ["/kz/e", "own"])
step("ephemeral sequential", two.create("/kz/es-", ephemeral=True, sequence=True), "/kz/es-0000000009")
step("child of ephemeral", raised(one.create, "/kz/e/c"), "raised NoChildrenForEphemeralsError")

# Watches.
one.get("/kz", watch=seen)
two.set("/kz", b"w1")
two.set("/kz", b"w2")
step("data watch fires once", seen.take(1), ["CHANGED /kz"])
one.exists("/kz/later", watch=seen)
two.create("/kz/later", b"")
step("exists watch: created", seen.take(1), ["CREATED /kz/later"])
one.exists("/kz/later", watch=seen)
two.delete("/kz/later")
step("exists watch: deleted", seen.take(1), ["DELETED /kz/later"])
one.get_children("/kz", watch=seen)
two.create("/kz/later", b"")
step("child watch", seen.take(1), ["CHILD /kz"])
one.get("/kz/later", watch=seen)
one.set("/kz/later", b"own")
step("own write", seen.take(1), ["CHANGED /kz/later"])
one.get_children("/kz/later", watch=seen)
two.delete("/kz/later")
step("child watch on a deleted node", seen.take(1), ["DELETED /kz/later"])
step("no watch is left", seen.take(1, timeout=0.2), [])

values = []
one.DataWatch("/kz/watched", lambda data, stat: values.append(data))
two.create("/kz/watched", b"1")
wait_for(lambda: b"1" in values)
two.set("/kz/watched", b"2")
wait_for(lambda: b"2" in values)
two.delete("/kz/watched")
wait_for(lambda: values[-1] is None)
step("DataWatch", values, [None, "1", "2", None])

# Transactions.
multi = one.transaction()
multi.create("/kz/m", b"m")
multi.create("/kz/m/c", b"c")
multi.set_data("/kz/m", b"m2")
multi.check("/kz/m", 1)
multi.create("/kz/m/s-", sequence=True)
multi.delete("/kz/m/c")
results = multi.commit()
step("transaction", [results[0], results[1], stat_of(results[2], one), results[3], results[4], results[5]],
     ["/kz/m", "/kz/m/c", [42, 42, 1, 1, 0, "none", 2, 1, 42, "fresh"], True, "/kz/m/s-0000000001", True])
multi = one.transaction()
multi.create("/kz/undone", b"")
multi.check("/kz/m", 99)
multi.create("/kz/undone/too", b"")
step("failed transaction", multi.commit(),
     ["raised RolledBackError", "raised BadVersionError", "raised RuntimeInconsistency"])
step("failed transaction left nothing", one.exists("/kz/undone"), None)
step("transaction wrote once", one.exists("/kz/m").mzxid == one.exists("/kz/m/s-0000000001").czxid, True)

# Access control.
step("open acl", [one.get_acls("/kz")[0], one.get_acls("/kz")[1].aversion],
     [["ACL(perms=31, acl_list=['ALL'], id=Id(scheme='world', id='anyone'))"], 0])
step("unknown scheme in acl", raised(one.create, "/kz/acl", b"", acl=[ACL(31, Id("bogus", "x"))]),
     "raised InvalidACLError")
secret = make_digest_acl("alice", "secret", all=True)
one.create("/kz/acl", b"secret", acl=[secret])
step("no right to read", [raised(one.get, "/kz/acl"), raised(two.get, "/kz/acl")], ["raised NoAuthError"] * 2)
step("add_auth", one.add_auth("digest", "alice:secret"), True)
step("right to read", one.get("/kz/acl")[0], "secret")
step("others still have none", [raised(two.set, "/kz/acl", b"x"), raised(two.create, "/kz/acl/c"),
                                raised(two.set_acls, "/kz/acl", [secret]), raised(two.get_acls, "/kz/acl")],
     ["raised NoAuthError"] * 4)
step("set_acls", one.set_acls("/kz/acl", [secret, make_acl("world", "anyone", read=True)], version=0).aversion, 1)
step("set_acls old version", raised(one.set_acls, "/kz/acl", [secret], version=0), "raised BadVersionError")
step("digest is hidden from readers", [acl.id.id for acl in two.get_acls("/kz/acl")[0]], ["alice:x", "anyone"])
step("digest is shown to owners", [acl.id.id for acl in one.get_acls("/kz/acl")[0]],
     ["alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=", "anyone"])
one.create("/kz/auth", b"", acl=[make_acl("auth", "", all=True)])
step("scheme auth", [acl.id.id for acl in one.get_acls("/kz/auth")[0]], ["alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="])
step("scheme auth without identity", raised(two.create, "/kz/auth2", b"", acl=[make_acl("auth", "", all=True)]),
     "raised InvalidACLError")
boss = connect(auth_data=[("digest", "super:admin")])
step("super", [boss.set("/kz/auth", b"by super").version, raised(boss.delete, "/zookeeper/quota")],
     [1, "raised BadArgumentsError"])
boss.stop()
refused = KazooClient(hosts=HOSTS, timeout=6.0)
refused.start()
step("refused credential", raised(refused.add_auth, "bogus", "x"), "raised AuthFailedError")
refused.stop()

# Quota. What it refuses is left to other clients: kazoo 2.8 does not survive the error codes -123 and -125.
one.create("/kz/q", b"0123456789")
one.create("/zookeeper/quota/kz/q", b"", makepath=True)
one.create("/zookeeper/quota/kz/q/zookeeper_limits", b"count=-1,bytes=-1=;byteHardLimit=40;countHardLimit=3")
one.create("/zookeeper/quota/kz/q/zookeeper_stats", b"count=0,bytes=0")
stats = "/zookeeper/quota/kz/q/zookeeper_stats"
step("quota is counted at once", one.get(stats)[0], "count=1,bytes=10")
one.create("/kz/q/a", b"0123456789")
one.create("/kz/q/b", b"01234")
step("quota follows", one.get(stats)[0], "count=3,bytes=25")
one.delete("/kz/q/b")
step("quota shrinks", one.get(stats)[0], "count=2,bytes=20")
step("stats node does not age", stat_of(one.exists(stats), one)[2], 0)

# Session: a lost connection, a lost session, an end.
states = []
two.add_listener(states.append)
before = two.client_id
two._connection._socket.shutdown(socket.SHUT_RDWR)
wait_for(lambda: states[-1:] == ["CONNECTED"])
step("connection lost and found", [states[:], two.client_id == before, stat_of(one.exists("/kz/e"), two)[5]],
     [["SUSPENDED", "CONNECTED"], True, "own"])

# Another process is killed: whoever knows its session can go on with it.
child, session = hold_in_child("/kz/orphan", 10)
child.kill()
child.wait()
heir = connect(client_id=session)
step("session taken over", heir.client_id == session, True)
step("its ephemeral is there", stat_of(one.exists("/kz/orphan", watch=seen), heir)[5], "own")
heir.stop()
step("ephemeral goes with its session", seen.take(1), ["DELETED /kz/orphan"])

# Another process is frozen for longer than its session lasts, and learns of it when it wakes up.
child, session = hold_in_child("/kz/frozen", 1)
one.exists("/kz/frozen", watch=seen)
child.send_signal(signal.SIGSTOP)
step("session expires", seen.take(1, timeout=20), ["DELETED /kz/frozen"])
child.send_signal(signal.SIGCONT)
step("and its owner is told", json.loads(child.stdout.readline()), ["SUSPENDED", "LOST", "CONNECTED"])
child.wait()

one.exists("/kz/e", watch=seen)
two.stop()
step("ephemerals go on close", [seen.take(1), one.exists("/kz/e"), one.exists("/kz/es-0000000009")],
     [["DELETED /kz/e"], None, None])

# kazoo's own recipes.
two = connect()
order = []


def lock_once(client, name):
    with client.Lock("/kz/lock", name):
        order.append("in " + name)
        order.append("out " + name)


lock = one.Lock("/kz/lock", "first")
lock.acquire()
waiter = threading.Thread(target=lock_once, args=(two, "second"))
waiter.start()
wait_for(lambda: lock.contenders() == ["first", "second"])
order.append("out first")
lock.release()
waiter.join(10)
step("Lock", order, ["out first", "in second", "out second"])
counter, other = one.Counter("/kz/counter"), two.Counter("/kz/counter")
counter += 2
other += 3
step("Counter", [counter.value, other.value], [5, 5])
queue = one.Queue("/kz/queue")
queue.put(b"b")
queue.put(b"a", priority=1)
step("Queue", [two.Queue("/kz/queue").get(), two.Queue("/kz/queue").get(), two.Queue("/kz/queue").get()],
     ["a", "b", None])
party = one.Party("/kz/party", "one")
party.join()
two.Party("/kz/party", "two").join()
step("Party", sorted(party), ["one", "two"])
semaphores = [client.Semaphore("/kz/semaphore", max_leases=1) for client in (one, two)]
step("Semaphore", [semaphores[0].acquire(), semaphores[1].acquire(blocking=False), semaphores[0].release(),
                   semaphores[1].acquire(blocking=False)], [True, False, True, True])

# Words.
step("ruok", one.command(b"ruok"), "imok")
step("isro", one.command(b"isro"), "rw")
step("version is understood", [type(part).__name__ for part in one.server_version()], ["int", "int", "int"])

two.stop()
step("close", [one.stop(), one.close()], [None, None])
finish()
