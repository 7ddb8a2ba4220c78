# SPDX-License-Identifier: BSD-3-Clause
"""A real Redis Cluster on the loopback: masters, and a replica for each."""
import subprocess
import time

import redisserver

PATIENCE = 40
NODE_TIMEOUT = "1000"


def wait(what, true):
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


class Cluster:
    """with Cluster(masters=3, replicas=1) as cluster: cluster.nodes[0].cli(...)"""

    def __init__(self, masters=3, replicas=1, node_timeout=NODE_TIMEOUT):
        self.replicas = replicas
        self.nodes = [redisserver.Server(
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout",
            node_timeout, "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0",
            port=redisserver.free_port_below(50000)) for _ in range(masters * (1 + replicas))]

    def __enter__(self):
        for node in self.nodes:
            node.start()
        subprocess.run(["redis-cli", "--cluster", "create", *self.addresses(), "--cluster-replicas",
                        str(self.replicas), "--cluster-yes"], check=True, capture_output=True, timeout=PATIENCE)
        wait("the cluster is whole", lambda: all(self.is_whole(n) for n in self.nodes))
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.stop()

    def addresses(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    def is_whole(self, node):
        info = node.cli("CLUSTER", "INFO")
        links = node.cli("INFO", "replication")
        return "cluster_state:ok" in info and "cluster_slots_ok:16384" in info and \
            f"cluster_known_nodes:{len(self.nodes)}" in info and \
            ("role:master" in links or "master_link_status:up" in links)

    def by_id(self, node_id):
        return next((n for n in self.running() if n.cli("CLUSTER", "MYID") == node_id), None)

    def running(self):
        return [n for n in self.nodes if n.process]

    def slot(self, key):
        return int(self.running()[0].cli("CLUSTER", "KEYSLOT", key))

    def owner(self, key, asked=None):
        """The master that serves the key, as a running node sees it."""
        return self.owner_of(self.slot(key), asked)

    def owner_of(self, slot, asked=None):
        for line in (asked or self.running()[0]).cli("CLUSTER", "NODES").splitlines():
            words = line.split()
            if "master" not in words[2] or "fail" in words[2]:
                continue
            for part in (w for w in words[8:] if not w.startswith("[")):
                first, _, last = part.partition("-")
                if int(first) <= slot <= int(last or first):
                    return self.by_id(words[0])
        return None

    def replica_of(self, master):
        mine = master.cli("CLUSTER", "MYID")
        for line in master.cli("CLUSTER", "NODES").splitlines():
            words = line.split()
            if words[3] == mine:
                return self.by_id(words[0])
        return None
