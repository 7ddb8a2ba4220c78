#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The users of docs/redis.md can do what the programs need, and nothing else; no password shows anywhere."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import meter  # noqa: E402
import redisserver  # noqa: E402
import report  # noqa: E402
from test_redis_programs import PREFIXES, ask, config, packets  # noqa: E402

MANUAL = Path(__file__).parent.parent.parent / "docs" / "redis.md"
PASSWORD = "an-open-secret"
HARMFUL = ("admin", "blocking", "dangerous", "pubsub", "transaction")
# Always allowed: they concern the connection alone.
ALWAYS = {"auth", "hello", "quit", "reset"}


def documented(user):
    """(the words of the manual's ACL SETUSER, the commands that it gives)"""
    line = re.search(rf"^ACL SETUSER {user} .*$", MANUAL.read_text(), re.M).group(0)
    words = line.replace("METER", "redis-1").replace("PASSWORD", PASSWORD).split()
    return words, {w[1:] for w in words if w.startswith("+")}


def make_users(server):
    for user in ("transit-writer", "transit-reader"):
        server.cli(*documented(user)[0])
    server.cli("ACL", "SETUSER", "default", "off")


def site_for(server, user):
    """The programs as that user, on a journal that all sites of this server share."""
    settings = config(server)
    settings["redis"] = {**settings["redis"], "user": user, "password_file": "password"}
    site = meter.Site(settings, PREFIXES, server.folder)
    (site.folder / "password").write_text(PASSWORD + "\n")
    site.write({"west": packets(600, 7 * 10**8), "east": packets(500, 9 * 10**8)})
    return site


def check_they_suffice():
    with redisserver.Server() as server:
        make_users(server)
        said = site_for(server, "transit-writer").run()
        assert not said, said
        site = site_for(server, "transit-reader")
        for words in ("records",), ("intervals",), ("verify",), ("records", "--from", "2023-11-14T22:15:07Z"):
            ours, theirs = ask(site, words, "--format", "csv"), ask(site, words, "--format", "csv", "--redis")
            assert ours == theirs and ours[0] == 0 and ours[1], (ours, theirs)


def check_all_meters_need_a_little_more():
    with redisserver.Server() as server:
        make_users_with_admin(server)
        site_for(server, "transit-writer").run()
        site = site_for(server, "transit-reader")
        assert ask(site, ("records", "--redis", "--all-meters"))[0] == 1
        more = re.search(r"`--all-meters`, which.*?as well", MANUAL.read_text(), re.S).group(0)
        words = [w for w in re.findall(r"`([^`]*)`", more) if w[0] in "%+"]
        assert len(words) == 3, words
        server.cli("--user", "admin", "--pass", "x", "--no-auth-warning", "ACL", "SETUSER", "transit-reader", *words)
        every, one = (ask(site, ("records", "--redis", *more)) for more in (("--all-meters",), ()))
        assert every == one and every[0] == 0 and every[1], (every, one)


def check_old_usage_goes_too():
    """What the scripts remove is removed by this user's rights as well."""
    with redisserver.Server() as server:
        make_users(server)
        site = site_for(server, "transit-writer")
        site.config["redis"].update(usage_age="1h", stream_age="1h")
        site = meter.Site(site.config, PREFIXES, server.folder)
        site.write({"west": packets(600, 9 * 10**9)})
        said = site.run()
        assert not said, said
        server.cli("--user", "transit-writer", "--pass", PASSWORD, "--no-auth-warning",
                   "DEL", "transit:{redis-1}:cursor")
        said = site.run()
        assert "redis: " not in said, said
        reader = site_for(server, "transit-reader")
        assert ask(reader, ("verify", "--redis"))[0] == 0


def every_command(redis):
    """Names of all commands; where there are subcommands, theirs as "command|subcommand"."""
    out = []
    for info in redis("COMMAND"):
        subcommands = [sub[0] for sub in info[9]] if len(info) > 9 else []
        out += subcommands or [info[0]]
    return out


def may_run(redis, user, command):
    """What Redis itself says to a dry run, with as many arguments as the command takes."""
    for arguments in range(0, 12):
        answer = redis("ACL", "DRYRUN", user, *command.split("|"), *["1"] * arguments)
        if "wrong number of arguments" not in answer:
            return f"no permissions to run the '{command}' command" not in answer
    raise AssertionError(f"{command}: {answer}")


def check_nothing_else():
    with redisserver.Server() as server:
        make_users_with_admin(server)
        redis = redisserver.Client(server.socket)
        assert redis("AUTH", "admin", "x") == "OK"
        commands = every_command(redis)
        harmful = {c for kind in HARMFUL for c in redis("ACL", "CAT", kind)}
        assert len(commands) > 300, commands
        for user in ("transit-writer", "transit-reader"):
            may = {c for c in commands if may_run(redis, user, c)} - ALWAYS
            should = documented(user)[1]
            assert may == should, f"{user}: {sorted(may ^ should)}"
            assert not may & harmful, f"{user}: {sorted(may & harmful)}"
        redis.close()


def make_users_with_admin(server):
    server.cli("ACL", "SETUSER", "admin", "on", ">x", "~*", "&*", "+@all")
    make_users(server)


def refused(server, user, *words):
    done = server.run("--user", user, "--pass", PASSWORD, "--no-auth-warning", *words)
    return "NOPERM" in done.stdout + done.stderr


def check_no_other_keys():
    with redisserver.Server() as server:
        make_users(server)
        mine, other = "transit:{redis-1}:cursor", "transit:{redis-2}:cursor"
        assert not refused(server, "transit-writer", "HSET", mine, "a", "b")
        assert refused(server, "transit-writer", "HSET", other, "a", "b")
        assert refused(server, "transit-writer", "HSET", "else", "a", "b")
        assert not refused(server, "transit-reader", "HGETALL", mine)
        assert refused(server, "transit-reader", "HGETALL", other)
        assert refused(server, "transit-reader", "HSET", mine, "a", "b")


def check_no_password_shows():
    """Not when it is right, not when it is wrong, and not in the process list's arguments."""
    with redisserver.Server() as server:
        make_users(server)
        site = site_for(server, "transit-writer")
        (site.folder / "password").write_text("a-wrong-secret")
        said = site.run("--verbose")
        assert "WRONGPASS" in said and "a-wrong-secret" not in said, said
        status, out, told = ask(site, ("records", "--redis"))
        assert status == 1 and "WRONGPASS" in told and "a-wrong-secret" not in out + told, told
        (site.folder / "password").write_text(PASSWORD)
        said = site.run("--verbose")
        assert PASSWORD not in said, said


def check_no_rights_is_told():
    with redisserver.Server() as server:
        make_users(server)
        site = site_for(server, "transit-reader")
        said = site.run()
        assert "NOPERM" in said and "the rest follows" in said, said


if __name__ == "__main__":
    for check in (check_they_suffice, check_all_meters_need_a_little_more, check_old_usage_goes_too, check_nothing_else, check_no_other_keys,
                  check_no_password_shows, check_no_rights_is_told):
        with report.part(check.__name__.removeprefix("check_").replace("_", " ")):
            check()
    report.done()
