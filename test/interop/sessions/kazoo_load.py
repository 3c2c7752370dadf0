"""Clients that use an ensemble until they are told to stop: kazoo_load.py HOST:PORT,... Prints what was wrong, and how much was done."""
import json
import logging
import sys
import threading

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import ConnectionLoss, OperationTimeoutError

HOSTS = sys.argv[1]
WRITERS = 2
CONTENDERS = 2
RECONNECT = (ConnectionLoss, OperationTimeoutError)
logging.disable(logging.CRITICAL)

stopping = threading.Event()
mutex = threading.Lock()
faults = []
counts = {"writes": 0, "locks": 0, "events": 0, "reconnects": 0}


def count(what):
    with mutex:
        counts[what] += 1


def fault(text):
    with mutex:
        faults.append("kazoo: " + text)


def connect(name):
    client = KazooClient(hosts=HOSTS, timeout=10.0)

    def listener(state):
        if state == KazooState.LOST and not stopping.is_set():
            fault(name + " has lost its session")
        if state == KazooState.SUSPENDED:
            count("reconnects")

    client.start(timeout=20)
    client.add_listener(listener)
    return client


def reconnecting(client, call, *args, **kwargs):
    """Again after the loss of a connection, and after nothing else."""
    while True:
        try:
            return call(*args, **kwargs)
        except RECONNECT:
            if client.client_state == "CLOSED":
                raise
            stopping.wait(0.02)


def write(client, path):
    """Each value is one more than the last: what was acknowledged is there at the next look."""
    value = 0
    while not stopping.is_set():
        value += 1
        reconnecting(client, client.set, path, b"%d" % value)
        found = int(reconnecting(client, client.get, path)[0])
        if found != value:
            fault("%s was set to %d and is %d" % (path, value, found))
        count("writes")
    return value


def contend(client, path, inside):
    lock = client.Lock(path, str(id(client)))
    while not stopping.is_set():
        try:
            if not lock.acquire(timeout=30):
                fault("the lock was not to be had")
                continue
        except RECONNECT:
            continue
        if not inside.acquire(blocking=False):
            fault("the lock is held twice")
        else:
            count("locks")
            stopping.wait(0.01)
            inside.release()
        reconnecting(client, lock.release)


def watch(client, path, seen):
    """Values only grow, whichever server tells of them."""
    @client.DataWatch(path)
    def changed(data, stat):
        if data is None:
            return
        value = int(data)
        if seen and value < seen[-1]:
            fault("%s is seen as %d after %d" % (path, value, seen[-1]))
        seen.append(value)
        count("events")


def guarded(name, results, call, *args):
    try:
        results[name] = call(*args)
    except Exception as error:
        fault("%s: %r" % (name, error))


clients = [connect("client %d" % number) for number in range(WRITERS + CONTENDERS + 1)]
watcher = clients[-1]
results, seen, threads = {}, {}, []
inside = threading.Lock()
for number in range(WRITERS):
    path = "/kazoo-%d" % number
    watcher.create(path, b"0")
    seen[path] = []
    watch(watcher, path, seen[path])
    threads.append(threading.Thread(target=guarded, args=(path, results, write, clients[number], path)))
for number in range(CONTENDERS):
    client = clients[WRITERS + number]
    threads.append(threading.Thread(target=guarded, args=("contender", results, contend, client, "/kazoo-lock", inside)))
for thread in threads:
    thread.start()
print(json.dumps({"ready": True}), flush=True)
sys.stdin.readline()
stopping.set()
for thread in threads:
    thread.join(40)
    if thread.is_alive():
        fault("somebody does not come to an end")
for path in seen:
    last = results.get(path)
    found = int(watcher.retry(watcher.get, path)[0])
    if found != last:
        fault("%s is %d at the end, and was acknowledged as %s" % (path, found, last))
    for attempt in range(200):
        if seen[path] and seen[path][-1] == found:
            break
        threading.Event().wait(0.05)
    else:
        fault("the watch on %s never told of %d" % (path, found))
for client in clients:
    client.stop()
    client.close()
print(json.dumps(dict(counts, finished=True, faults=faults)), flush=True)
