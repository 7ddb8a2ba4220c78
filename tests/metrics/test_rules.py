#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The rules of config/prometheus by `promtool test rules`: on a meter that is well nothing fires, and each thing that can
go wrong fires its own alert and no other. Recorded values against figures made by hand."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "support")]

import report  # noqa: E402
import yamlfile  # noqa: E402

RULES = Path(__file__).resolve().parent.parent.parent / "config" / "prometheus"
FILES = ["rules.yml", "alerts.yml", "commits.yml"]
MINUTES = 120
METER, LINK, TAP = 'meter="m"', 'meter="m",link="l"', 'meter="m",link="l",tap="t"'
SIDE = 'meter="m",link="l",partner="turkmentelecom",peering="p",class="c",direction='
UNROUTED = 'meter="m",link="l",partner="turkmentelecom",peering="p",class="unrouted",direction="ingress"'
PACKETS, BYTES = 6000, 6000 * 976  # a minute, each way: with 24 bytes a frame 100,000 bytes a second
# A meter that is well, one sample a minute; {expanding notation of promtool}.
WELL = {
    'up{job="transitd",instance="i"}': "1+0x",
    f"transitd_ready{{{METER},instance=\"i\"}}": "1+0x",
    f"transitd_journal_accepts{{{METER}}}": "1+0x",
    f"transitd_interval_seconds{{{METER}}}": "10+0x",
    f"transitd_interval_end_timestamp_seconds{{{METER}}}": "0+60x",
    f"transitd_interval_lag_seconds{{{METER}}}": "0.002+0x",
    f"transitd_covered_seconds_total{{{METER}}}": "0+60x",
    f"transitd_spanned_seconds_total{{{METER}}}": "0+60x",
    f"transitd_start_timestamp_seconds{{{METER}}}": "7+0x",
    f"transitd_prefix_file_timestamp_seconds{{{METER}}}": "0+0x",
    f"transitd_tap_packets_total{{{TAP}}}": f"0+{2 * PACKETS}x",
    f"transitd_tap_missed_packets_total{{{TAP}}}": "0+0x",
    f"transitd_tap_unknown_packets_total{{{TAP}}}": "0+6x",
    f"transitd_tap_drift_packets{{{TAP}}}": "20+0x",
    f"transitd_worker_cycles_total{{{METER},worker=\"0\"}}": "0+6e10x",
    f"transitd_worker_busy_cycles_total{{{METER},worker=\"0\"}}": "0+6e9x",
    f"transitd_worker_packets_total{{{METER},worker=\"0\"}}": "0+12000x",
    f"transitd_redis_lag_seconds{{{METER}}}": "10+0x",
    f"transitd_redis_state{{{METER},state=\"stopped\"}}": "0+0x",
    f"transitd_link_capacity_bytes_per_second{{{LINK}}}": "1e6+0x",
    f"transitd_peering_info{{{LINK},partner=\"turkmentelecom\",peering=\"p\"}}": "1+0x",
    **{f"transitd_{name}_total{{{SIDE}\"{direction}\"}}": f"0+{n}x"
       for name, n in (("packets", PACKETS), ("l2_bytes", BYTES)) for direction in ("ingress", "egress")},
}


def load(ratio):
    """Counters of a link of which one direction runs at this part of its capacity of 1e6 bytes a second."""
    packets = 60000 * ratio
    return {f"transitd_packets_total{{{SIDE}\"egress\"}}": f"0+{packets}x",
            f"transitd_l2_bytes_total{{{SIDE}\"egress\"}}": f"0+{packets * 976}x"}


def commit(ratio):
    """The same for the commit of 10 Gbit/s as l2fcs, on a link with room."""
    packets = 60 * 10e9 / 8 * ratio / 1000
    return {f"transitd_packets_total{{{SIDE}\"ingress\"}}": f"0+{packets}x",
            f"transitd_l2_bytes_total{{{SIDE}\"ingress\"}}": f"0+{packets * 996}x",
            f"transitd_link_capacity_bytes_per_second{{{LINK}}}": "1e11+0x"}


# What goes wrong, and the alerts that fire at the end. Series that are not in WELL are added.
TROUBLE = [
    ({'up{job="transitd",instance="i"}': "1x100 0+0x"}, {"TransitdMeterDown"}),
    ({f"transitd_ready{{{METER},instance=\"i\"}}": "0+0x"}, {"TransitdNotReady"}),
    ({f"transitd_journal_accepts{{{METER}}}": "0+0x"}, {"TransitdJournalRefuses"}),
    ({f"transitd_interval_end_timestamp_seconds{{{METER}}}": "3000+0x"}, {"TransitdIntervalsOverdue"}),
    ({f"transitd_interval_lag_seconds{{{METER}}}": "6+0x"}, {"TransitdIntervalLag"}),
    ({f"transitd_covered_seconds_total{{{METER}}}": "0+59x"}, {"TransitdIncomplete"}),
    ({f"transitd_start_timestamp_seconds{{{METER}}}": "7x110 6600+0x"}, {"TransitdRestarted"}),
    ({f"transitd_tap_missed_packets_total{{{TAP}}}": "0+2x"}, {"TransitdLoss"}),
    ({f"transitd_tap_missed_packets_total{{{TAP}}}": "0+1x"}, set()),
    ({f"transitd_tap_drift_packets{{{TAP}}}": "0+1000x"}, {"TransitdDrift"}),
    ({f"transitd_tap_drift_packets{{{TAP}}}": "0+100x"}, set()),
    ({f"transitd_tap_is_there{{{TAP}}}": "0+0x"}, {"TransitdTapGone"}),
    ({f"transitd_tap_is_there{{{TAP}}}": "1+0x"}, set()),
    ({f"transitd_tap_unknown_packets_total{{{TAP}}}": "0+130x"}, {"TransitdUnknown"}),
    ({f"transitd_l2_bytes_total{{{UNROUTED}}}": f"0+{BYTES // 5}x"}, {"TransitdUnrouted"}),
    ({f"transitd_l2_bytes_total{{{UNROUTED}}}": f"0+{BYTES // 20}x"}, set()),
    ({f"transitd_packets_total{{{SIDE}\"{d}\"}}": "5+0x" for d in ("ingress", "egress")}, {"TransitdPeeringSilent"}),
    ({f"transitd_packets_total{{{SIDE}\"ingress\"}}": "5+0x"}, set()),
    ({f"transitd_peering_info{{{LINK},partner=\"x\",peering=\"never\"}}": "1+0x"}, {"TransitdPeeringSilent"}),
    ({f"transitd_worker_busy_cycles_total{{{METER},worker=\"0\"}}": "0+5.5e10x"}, {"TransitdWorkerBusy"}),
    ({f"transitd_prefix_file_timestamp_seconds{{{METER}}}": "-604800+0x"}, {"TransitdPrefixesStale"}),
    ({f"transitd_redis_lag_seconds{{{METER}}}": "310+0x"}, {"TransitdRedisLag"}),
    ({f"transitd_redis_state{{{METER},state=\"stopped\"}}": "1+0x"}, {"TransitdRedisStopped"}),
    (load(0.49), set()), (load(0.51), {"TransitdLinkPlan"}), (load(0.69), {"TransitdLinkPlan"}),
    (load(0.71), {"TransitdLinkAct"}), (load(0.79), {"TransitdLinkAct"}),
    (load(0.81), {"TransitdLinkCritical"}), (load(0.91), {"TransitdLinkCritical", "TransitdLinkFull"}),
    (commit(0.89), set()), (commit(0.95), {"TransitdCommitNear"}), (commit(1.01), {"TransitdCommitPassed"}),
]


def commits():
    """{contract: (partner, bytes per second)} of config/contracts.yaml, where a line commits for all of a partner's traffic."""
    unit, found = {"Mbps": 1e6 / 8, "Gbps": 1e9 / 8}, {}
    for contract in yamlfile.load((RULES.parent / "contracts.yaml").read_text())["contracts"]:
        for line in contract["lines"]:
            if contract.get("basis") == "l2fcs" and "commit" in line and "classes" not in line:
                found[contract["id"]] = (contract["partner"], float(line["commit"]) * unit[line["unit"]])
    assert len(found) > 1, found
    return found


# What is recorded of WELL.
RECORDED = {
    "transitd:link_l1_bytes:rate5m": [(f'{{{LINK},direction="{d}"}}', 1e5) for d in ("ingress", "egress")],
    "transitd:link_utilisation:ratio5m": [(f'{{{LINK},direction="{d}"}}', 0.1) for d in ("ingress", "egress")],
    "transitd:link_utilisation:p95_30d": [(f'{{{LINK},direction="{d}"}}', 0.1) for d in ("ingress", "egress")],
    "transitd:peering_l2fcs_bytes:rate5m": [(f'{{{LINK},partner="turkmentelecom",peering="p",direction="{d}"}}', 98000)
                                            for d in ("ingress", "egress")],
    "transitd:partner_l2fcs_bytes:rate5m": [(f'{{partner="turkmentelecom",direction="{d}"}}', 98000) for d in ("ingress", "egress")],
    "transitd:partner_l2fcs_bytes:p95_30d": [('{partner="turkmentelecom"}', 98000)],
    "transitd:tap_missed:ratio5m": [(f"{{{TAP}}}", 0)],
    "transitd:tap_unknown:ratio5m": [(f"{{{TAP}}}", 0.0005)],
    "transitd:worker_busy:ratio5m": [(f'{{{METER},worker="0"}}', 0.1)],
    "transitd:worker_cycles_per_packet:ratio5m": [(f'{{{METER},worker="0"}}', 500000)],
    "transitd:commit_bytes_per_second": [(f'{{partner="{partner}",contract="{contract}"}}', value) for contract, (partner, value) in commits().items()],
}


def series(changes):
    """promtool's input: a count stands behind the last `x`."""
    return [{"series": name, "values": f"{values}{MINUTES}"} for name, values in {**WELL, **changes}.items()]


def fires(alerts):
    """That exactly these alerts fire."""
    return {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{MINUTES}m",
            "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(alerts)]}


def recorded():
    """Rounded, since rates are not exact; names are checked by their being asked for."""
    return [{"expr": f"round({name} * 1e6) / 1e6", "eval_time": f"{MINUTES}m",
             "exp_samples": [{"labels": labels, "value": value} for labels, value in samples]}
            for name, samples in RECORDED.items()]


def two_meters():
    """Meters that watch the same taps are not added."""
    other = {name.replace('meter="m"', 'meter="twin"'): values for name, values in WELL.items() if name.startswith("transitd_")}
    return {"interval": "1m", "input_series": series(other), "promql_expr_test": [
        {"expr": "round(transitd:partner_l2fcs_bytes:rate5m)", "eval_time": f"{MINUTES}m",
         "exp_samples": [{"labels": f'{{partner="turkmentelecom",direction="{d}"}}', "value": 98000} for d in ("ingress", "egress")]}]}


def promtool(test):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.json"
        path.write_text(json.dumps({"rule_files": [str(RULES / name) for name in FILES], "evaluation_interval": "2m",
                                    "tests": [test]}))
        done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def names():
    """Every rule is tested here."""
    text = "".join((RULES / name).read_text() for name in FILES)
    alerts, records = set(re.findall(r"- alert: (\S+)", text)), set(re.findall(r"- record: (\S+)", text))
    assert alerts == set().union(*(fired for _, fired in TROUBLE)), alerts
    assert records == set(RECORDED), records


def example():
    """The example's configuration is one, once the token is there."""
    with tempfile.TemporaryDirectory() as folder:
        for file in RULES.iterdir():
            shutil.copy(file, folder)
        (Path(folder) / "token").write_text("x")
        done = subprocess.run(["promtool", "check", "config", f"{folder}/prometheus.yml"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def main():
    with report.part("every rule is tested"):
        names()
    with report.part("the example configuration"):
        example()
    with report.part("a meter that is well"):
        promtool({"interval": "1m", "input_series": series({}), "promql_expr_test": [fires(()), *recorded()]})
    with report.part("two meters on the same taps"):
        promtool(two_meters())
    for changes, alerts in TROUBLE:
        with report.part(f"{', '.join(sorted(alerts)) or 'nothing'} by {next(iter(changes.items()))}"):
            promtool({"interval": "1m", "input_series": series(changes), "promql_expr_test": [fires(alerts)]})
    report.done()


if __name__ == "__main__":
    main()
