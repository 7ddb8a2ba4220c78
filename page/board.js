// SPDX-License-Identifier: BSD-3-Clause
// All links at a glance: both directions now, the month's 95th percentile, headroom and band.
import { by, el, put, svg } from "./dom.js";
import * as format from "./format.js";

const WAYS = [["ingress", "in"], ["egress", "out"]];

/** The figures of one direction in a month's (or a what-if's). */
export const sideOf = (figures, direction) => figures?.directions.find((s) => s.direction === direction);

/** The figures that hold for a link: the month's, or those after another link is taken away. */
export const figuresOf = (link, state) =>
	state.what?.without.links.find((l) => l.link === link.name)?.after ?? link.month;

const share = (percent) => Math.min(Math.max(Number(percent ?? 0), 0), 100);

/** A bar of the capacity, with a tick at the 95th percentile. */
function meter(way, now, p95) {
	const picture = svg("svg", { class: "meter", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
		svg("rect", { class: "track", width: 100, height: 10 }),
		svg("rect", { class: way, width: share(now), height: 10 }));

	if (p95 !== null && p95 !== undefined)
		picture.append(svg("rect", { class: "p95", x: Math.min(share(p95), 99.2), width: 0.8, height: 10 }));
	return picture;
}

function way(link, state, [direction, word]) {
	const now = link.now?.[direction];
	const row = el("div", { class: "bar-row", "data-way": direction }, el("span", { class: "way" }, word));

	if (link.capacity)
		row.append(meter(word, now?.percent, sideOf(figuresOf(link, state), direction)?.p95_percent));
	row.append(el("span", { class: "rate", "data-bps": now?.bps }, format.rate(now?.bps)));
	if (link.capacity)
		row.append(el("span", { class: "share", "data-percent": now?.percent }, format.percent(now?.percent)));
	return row;
}

function line(values, top) {
	let path = "", pen = "M";

	values.forEach((value, i) => {
		if (value === null) {
			pen = "M";
			return;
		}
		path += pen + i + " " + (20 - 19 * Number(value) / top).toFixed(2);
		pen = "L";
	});
	return path;
}

/** The last three hours, five minutes a point; what nobody watched is shaded. */
function spark(recent) {
	const bins = recent?.state ?? "";
	const top = Math.max(1, ...WAYS.flatMap(([d]) => (recent?.[d] ?? []).map(Number)));
	const picture = svg("svg", { class: "spark", viewBox: "0 0 35 20", preserveAspectRatio: "none", role: "img",
		"aria-label": "the last three hours" });

	[...bins].forEach((state, i) => {
		if (state === "m")
			picture.append(svg("rect", { x: i - 0.5, width: 1, height: 20 }));
	});
	for (const [direction, word] of WAYS)
		picture.append(svg("path", { class: word, d: line(recent?.[direction] ?? [], top) }));
	return picture;
}

/** What a lost link's load does to this one: the 95th percentile before and after, each way. */
function moved(link, state) {
	const target = state.what?.without.links.find((l) => l.link === link.name);

	if (!target)
		return null;
	return el("p", { class: "after", "data-after": link.name }, WAYS.map(([direction, word]) => {
		const before = sideOf(target.before, direction).p95_bps, after = sideOf(target.after, direction).p95_bps;

		return el("span", { "data-way": direction, "data-before": before, "data-p95": after },
			`p95 ${word} ${format.rate(before)} \u2192 ${format.rate(after)}`);
	}));
}

function side(link, state, lost) {
	const figures = figuresOf(link, state), band = figures?.band;
	const box = el("div", { class: "link-side" });

	if (!link.capacity)
		return el("div", { class: "link-side" }, el("span", {}, "p95 ", format.rate(figures?.p95_bps)));
	box.append(
		el("span", { class: "band " + band, "data-band": band }, band ?? "reading"),
		el("span", { "data-headroom": figures?.headroom_bps, title: "capacity less the greater direction's 95th percentile" },
			format.rate(figures?.headroom_bps), " free"),
		el("button", { class: "away-button", type: "button", "data-away": link.name, "aria-pressed": String(lost),
			"aria-label": (lost ? "Put back " : "Without ") + link.name, title: lost ? "put back" : "without this link" },
		lost ? "\u21a9" : "\u00d7"));
	return box;
}

function entry(link, state) {
	const lost = state.lost === link.name;
	const chosen = state.chosen === link.name;
	const classes = ["link", figuresOf(link, state)?.band ?? "", link.capacity ? "" : "no-capacity", lost ? "away" : "", chosen ? "chosen" : ""];

	return el("li", { class: classes.filter(Boolean).join(" "), "data-link": link.name },
		el("div", { class: "link-name" },
			el("button", { class: "link-open", type: "button", "data-open": link.name, "aria-current": chosen ? "true" : null },
				link.name),
			el("p", { class: "link-what", title: link.description },
				link.capacity ? format.rate(link.capacity) + " each way" : "", link.description ? " \u00b7 " + link.description : "")),
		el("div", { class: "link-bars" }, WAYS.map((w) => way(link, state, w))),
		spark(link.recent),
		side(link, state, lost),
		moved(link, state));
}

export function drawBoard(state) {
	const list = by("links");
	const focused = document.activeElement?.closest?.("#links") ? document.activeElement : null;
	const key = focused?.dataset.open ? `[data-open="${focused.dataset.open}"]` :
		focused?.dataset.away ? `[data-away="${focused.dataset.away}"]` : null;

	put(list, state.overview.links.map((link) => entry(link, state)));
	if (key && !document.activeElement?.closest?.("#links"))
		list.querySelector(key)?.focus();
}
