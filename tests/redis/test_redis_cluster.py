#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
A Redis Cluster of three masters and three replicas: whatever happens to it under way, afterwards every
meter's content equals its journal. The meters are played by redis_player with the daemon's own sink.
"""
import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import meter  # noqa: E402
import rediscluster  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from test_redis_programs import PREFIXES, check_same, config, packets  # noqa: E402

PATIENCE = 60


class Player:
    """redis_player, line by line."""

    def __init__(self, servers, meters=1, cells=60):
        self.process = subprocess.Popen(
            [meter.program("REDIS_PLAYER"), str(meters), str(cells), *servers], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=redisserver.die_with_parent)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise AssertionError(f"{words}: the player ended: {self.process.stderr.read()}")
        return answer

    def until(self, reason):
        rediscluster.wait(reason, lambda: self("run", 20) and reason in self("behind"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)


def key(number=0):
    return f"transit:{{meter-{number}}}:cursor"


def finish(player):
    """The one check that every fault ends with."""
    player("append", 5)
    player("level")
    player("same")


def check_meters_on_all_masters():
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses(), meters=12) as player:
        player("append", 40)
        player("level")
        finish(player)
        owners = {cluster.owner(key(n)).port for n in range(12)}
        assert len(owners) == 3, owners


def check_one_seed_that_is_not_the_owner():
    with rediscluster.Cluster(replicas=0) as cluster:
        other = next(n for n in cluster.nodes if n is not cluster.owner(key()))
        with Player([f"127.0.0.1:{other.port}"]) as player:
            player("append", 40)
            player("level")
            finish(player)


def check_programs():
    """transitd and transitctl themselves."""
    with rediscluster.Cluster(replicas=0) as cluster:
        settings = config(cluster.nodes[0])
        settings["redis"] = {"servers": cluster.addresses()}
        site = meter.Site(settings, PREFIXES)
        site.write({"west": packets(600, 7 * 10**8)})
        said = site.run()
        assert not said, said
        check_same(site)


def check_the_master_dies():
    with rediscluster.Cluster() as cluster, Player(cluster.addresses()) as player:
        player("append", 40)
        player("level")
        cluster.owner(key()).stop()
        player("append", 40)
        player("level")
        finish(player)


def check_the_only_seed_dies_and_then_the_master():
    """What the cluster told of itself is enough to find the new master."""
    with rediscluster.Cluster() as cluster:
        owner = cluster.owner(key())
        seed = cluster.replica_of(next(n for n in cluster.nodes if cluster.replica_of(n) and n is not owner))
        with Player([f"127.0.0.1:{seed.port}"]) as player:
            player("append", 40)
            player("level")
            seed.stop()
            owner.stop()
            player("append", 40)
            player("level")
            seed.start()
            rediscluster.wait("the seed knows the new master", lambda: cluster.owner(key(), seed))
            finish(player)


def check_the_replica_was_behind():
    """Acknowledged writes are lost: the cursor tells, and the journal heals it."""
    with rediscluster.Cluster() as cluster, Player(cluster.addresses()) as player:
        player("append", 40)
        player("level")
        owner = cluster.owner(key())
        replica = cluster.replica_of(owner)
        rediscluster.wait("the replica has it", lambda: replica.cli("DBSIZE") == owner.cli("DBSIZE"))
        os.kill(replica.process.pid, signal.SIGSTOP)
        owner.cli("CLIENT", "KILL", "TYPE", "replica")
        player("append", 40)
        player("level")
        assert owner.cli("HGET", key(), "seq") == "80"
        owner.stop()
        os.kill(replica.process.pid, signal.SIGCONT)
        rediscluster.wait("the replica takes over", lambda: "role:master" in replica.cli("INFO", "replication"))
        lost = int(replica.cli("HGET", key(), "seq"))
        assert lost < 80, lost
        player("append", 1)
        player("level")
        finish(player)


def move(cluster, player):
    """Moves the meter's slot to another master, a key at a time, with intervals in between."""
    source, slot = cluster.owner(key()), str(cluster.slot(key()))
    target = next(n for n in cluster.running() if n is not source and "role:master" in n.cli("INFO", "replication"))
    source_id, target_id = source.cli("CLUSTER", "MYID"), target.cli("CLUSTER", "MYID")
    target.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id)
    source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id)
    player("append", 31)
    player("run", 100)
    for name in sorted(source.cli("CLUSTER", "GETKEYSINSLOT", slot, "100").split()):
        source.cli("MIGRATE", "127.0.0.1", str(target.port), name, "0", "5000")
        player("append", 2)
        player("run", 100)
    # New keys may have been made meanwhile.
    for name in source.cli("CLUSTER", "GETKEYSINSLOT", slot, "100").split():
        source.cli("MIGRATE", "127.0.0.1", str(target.port), name, "0", "5000")
    player("append", 3)
    player("run", 300)
    for node in (target, source, *cluster.running()):
        if "role:master" in node.cli("INFO", "replication"):
            node.cli("CLUSTER", "SETSLOT", slot, "NODE", target_id)
    return target


def check_the_slot_moves_under_way():
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses()) as player:
        player("append", 70)
        player("level")
        target = move(cluster, player)
        player("level")
        assert cluster.owner(key(), target) is target
        finish(player)


def check_a_slot_that_is_half_moved_waits():
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses()) as player:
        player("append", 70)
        player("level")
        source, slot = cluster.owner(key()), str(cluster.slot(key()))
        target = next(n for n in cluster.nodes if n is not source)
        target.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", source.cli("CLUSTER", "MYID"))
        source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", target.cli("CLUSTER", "MYID"))
        source.cli("MIGRATE", "127.0.0.1", str(target.port), key(), "0", "5000")
        player("append", 30)
        player.until("TRYAGAIN")
        for name in source.cli("CLUSTER", "GETKEYSINSLOT", slot, "100").split():
            source.cli("MIGRATE", "127.0.0.1", str(target.port), name, "0", "5000")
        for node in (target, source, *cluster.nodes):
            node.cli("CLUSTER", "SETSLOT", slot, "NODE", target.cli("CLUSTER", "MYID"))
        player("level")
        finish(player)


CHECKS = (check_meters_on_all_masters, check_one_seed_that_is_not_the_owner, check_programs,
          check_the_master_dies, check_the_only_seed_dies_and_then_the_master,
          check_the_replica_was_behind, check_the_slot_moves_under_way,
          check_a_slot_that_is_half_moved_waits)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for check in CHECKS:
        if not wanted or check.__name__.removeprefix("check_") in wanted:
            with report.part(check.__name__.removeprefix("check_").replace("_", " ")):
                check()
    report.done()
