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
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import meter  # noqa: E402
import rediscluster  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
import yamlfile  # noqa: E402
from test_redis_programs import PREFIXES, ask, check_same, config, packets  # noqa: E402

PATIENCE = 60


class Player:
    """redis_player, line by line."""

    def __init__(self, servers, meters=1, cells=60):
        self.said = tempfile.TemporaryFile("w+")  # no pipe: a thousand meters say more than one holds
        self.process = subprocess.Popen(
            [meter.program("REDIS_PLAYER"), str(meters), str(cells), *servers], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.said, text=True, preexec_fn=redisserver.die_with_parent)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            self.said.seek(0)
            raise AssertionError(f"{words}: the player ended: {self.said.read()}")
        return answer

    def until(self, reason):
        rediscluster.wait(reason, lambda: self("run", 20) and reason in self("behind"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.said.close()


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


def fleet(cluster, servers):
    """Four meters on more than one master, delivered."""
    sites = []
    for name in "c-1", "a-1", "b-1", "d-1":
        settings = {**config(cluster.nodes[0]), "meter": name, "journal": f"{name}.db",
                    "redis": {"servers": servers}}
        sites.append(meter.Site(settings, PREFIXES))
        sites[-1].write({"west": packets(90 + len(sites), 7 * 10**8)})
        said = sites[-1].run()
        assert not said, said
    assert len({cluster.owner(f"transit:{{{n}}}:cursor").port for n in ("a-1", "b-1", "c-1", "d-1")}) > 1
    return sites


def check_one_seed_knows_all_meters():
    """Whichever node is configured, the others are asked as well."""
    with rediscluster.Cluster(replicas=0) as cluster:
        sites = fleet(cluster, cluster.addresses())
        for address in cluster.addresses():
            sites[0].file.write_text(yamlfile.dump({**sites[0].config, "redis": {"servers": [address]}}))
            status, out, told = ask(sites[0], ("verify",), "--redis", "--all-meters", "--format", "csv")
            assert status == 0 and not told, told
            assert [line[:3] for line in out.splitlines()[1:]] == ["a-1", "b-1", "c-1", "d-1"], out


def refused(site, *reasons):
    status, out, told = ask(site, ("records",), "--redis", "--all-meters", "--format", "json")
    assert status == 1 and not out and all(r in told for r in reasons), (status, out, told)


def check_a_master_that_is_down_is_an_error():
    """Before and after the cluster has noticed; never fewer meters."""
    with rediscluster.Cluster(replicas=0) as cluster:
        sites = fleet(cluster, cluster.addresses())
        down, seed = cluster.owner("transit:{a-1}:cursor"), cluster.owner("transit:{b-1}:cursor")
        seed = seed if seed is not down else next(n for n in cluster.nodes if n is not down)
        down.stop()
        sites[0].file.write_text(yamlfile.dump({**sites[0].config, "redis": {"servers": [f"127.0.0.1:{seed.port}"]}}))
        missing = f"127.0.0.1:{down.port}: a master of the cluster; without it not every meter is known"
        refused(sites[0], missing)
        rediscluster.wait("the cluster notices", lambda: "fail" in seed.cli("CLUSTER", "INFO").splitlines()[0])
        refused(sites[0], missing)


def check_slots_without_a_master_are_an_error():
    with rediscluster.Cluster(replicas=0) as cluster:
        sites = fleet(cluster, cluster.addresses()[:1])
        first = cluster.nodes[0]
        slot = str(next(n for n in range(16384) if cluster.owner_of(n) is first))
        first.cli("CLUSTER", "DELSLOTS", slot)
        refused(sites[0], "of the cluster's 16384 slots 1 have no master")


def check_all_meters_are_read():
    """Of all masters, in order of their names, as if each had been asked alone."""
    with rediscluster.Cluster(replicas=0) as cluster:
        sites = fleet(cluster, cluster.addresses())
        alone = [ask(sites[i], ("records",), "--format", "json") for i in (1, 2, 0, 3)]
        together = ask(sites[0], ("records",), "--format", "json", "--redis", "--all-meters")
        assert together == (0, "".join(text for _, text, _ in alone), ""), together
        status, out, told = ask(sites[0], ("verify",), "--redis", "--all-meters", "--format", "csv")
        assert status == 0 and len(out.splitlines()) == 5, (status, out, told)
        status, out, told = ask(sites[0], ("records",), "--all-meters")
        assert status == 2 and not out and "--redis" in told, (status, out, told)


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


class Move:
    """The meter's slot on its way to another master."""

    def __init__(self, cluster):
        self.cluster, self.slot = cluster, str(cluster.slot(key()))
        self.source = cluster.owner(key())
        self.target = next(n for n in cluster.nodes if n is not self.source)
        self.target.cli("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.cli("CLUSTER", "MYID"))
        self.source.cli("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.cli("CLUSTER", "MYID"))

    def move(self, *names):
        for name in names or self.source.cli("CLUSTER", "GETKEYSINSLOT", self.slot, "100").split():
            self.source.cli("MIGRATE", "127.0.0.1", str(self.target.port), name, "0", "5000")

    def end(self):
        for node in (self.target, self.source, *self.cluster.nodes):
            node.cli("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.cli("CLUSTER", "MYID"))


def check_the_slot_moves_under_way():
    """A key at a time, with intervals in between, which make new keys."""
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses()) as player:
        player("append", 70)
        player("level")
        slot = Move(cluster)
        player("append", 31)
        player("run", 100)
        for name in sorted(slot.source.cli("CLUSTER", "GETKEYSINSLOT", slot.slot, "100").split()):
            slot.move(name)
            player("append", 2)
            player("run", 100)
        slot.move()
        player("append", 3)
        player("run", 300)
        slot.end()
        player("level")
        assert cluster.owner(key(), slot.target) is slot.target
        finish(player)


def check_a_slot_that_is_half_moved_waits():
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses()) as player:
        player("append", 70)
        player("level")
        slot = Move(cluster)
        slot.move(key())
        player("append", 30)
        player.until("TRYAGAIN")
        slot.move()
        slot.end()
        player("level")
        finish(player)


def check_a_slot_whose_keys_have_moved_is_asked_for():
    """The old master owns it still, but the keys are elsewhere: ASK."""
    with rediscluster.Cluster(replicas=0) as cluster, Player(cluster.addresses()) as player:
        player("append", 65)
        player("level")
        slot = Move(cluster)
        slot.move()
        player("append", 5)
        player("level")
        player("same")
        assert cluster.owner(key()) is slot.source
        slot.end()
        finish(player)


CHECKS = (check_meters_on_all_masters, check_all_meters_are_read, check_one_seed_knows_all_meters,
          check_a_master_that_is_down_is_an_error, check_slots_without_a_master_are_an_error, check_one_seed_that_is_not_the_owner, check_programs,
          check_the_master_dies, check_the_only_seed_dies_and_then_the_master,
          check_the_replica_was_behind, check_the_slot_moves_under_way,
          check_a_slot_that_is_half_moved_waits, check_a_slot_whose_keys_have_moved_is_asked_for)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for check in CHECKS:
        if not wanted or check.__name__.removeprefix("check_") in wanted:
            with report.part(check.__name__.removeprefix("check_").replace("_", " ")):
                check()
    report.done()
