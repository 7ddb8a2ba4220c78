// SPDX-License-Identifier: BSD-3-Clause
// The routes, drawn: where links begin and end as the configuration says, else around our network.
import { by, put, svg } from "./dom.js";
import { figuresOf } from "./board.js";
import * as format from "./format.js";

const WIDTH = 560, HEIGHT = 470, EDGE = 52;

const at = (x, y) => [EDGE + x / 100 * (WIDTH - 2 * EDGE), 30 + y / 100 * (HEIGHT - 70)];

const keyOf = (link, end) => (link[end] ?? { name: end === "from" ? "" : link.name }).name || "our end of " + link.name;

/** Every place once, with its position; those without one stand on an ellipse. */
function places(links) {
	const all = new Map();
	const hub = at(58, 42);

	links.forEach((link, i) => {
		const angle = 2 * Math.PI * (i + 0.5) / links.length;

		for (const [end, reach] of [["from", 0.42], ["to", 0.92]]) {
			const place = link[end] ?? { name: end === "from" ? "" : link.name };
			const key = place.name || "our end of " + link.name;
			const have = all.get(key);

			if (have?.fixed)
				continue;
			if (place.x !== undefined)
				all.set(key, { name: place.name, fixed: true, ours: end === "from", at: at(place.x, place.y) });
			else if (!have)
				all.set(key, { name: place.name, ours: end === "from",
					at: at(50 + 50 * reach * Math.cos(angle), 50 + 50 * reach * Math.sin(angle)) });
		}
	});
	for (const link of links) {
		const a = all.get(keyOf(link, "from")), b = all.get(keyOf(link, "to"));

		a.above = a.at[1] <= b.at[1]; // names stand where their link is not
		b.above = !a.above;
	}
	return { all, hub };
}

/** An arrow beside the cable's middle: which way, and how much now. */
function flows(link, a, b) {
	const [mx, my] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
	const turn = Math.atan2(b[1] - a[1], b[0] - a[0]) * 180 / Math.PI;
	const arrow = (word, offset, angle) => svg("path", { class: "flow " + word, d: "M-7 -5 L7 0 L-7 5 Z",
		transform: `translate(${mx.toFixed(1)} ${my.toFixed(1)}) rotate(${turn.toFixed(1)}) translate(${offset} 0) rotate(${angle})` });

	return [arrow("in", -11, 180), arrow("out", 11, 0)];
}

function label(link, a, b) {
	const [mx, my] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
	const steep = Math.abs(b[1] - a[1]) > Math.abs(b[0] - a[0]);
	const falls = (b[0] - a[0]) * (b[1] - a[1]) > 0;
	const left = steep ? mx > WIDTH * 0.82 || mx < WIDTH * 0.5 : falls;
	const anchor = left ? "end" : "start";
	const x = mx + (steep ? 18 : 4) * (left ? -1 : 1);
	const y = my + (steep ? -2 : 26);

	return svg("text", { class: "rate-label", "text-anchor": anchor },
		svg("tspan", { x, y }, "in " + format.rate(link.now?.ingress.bps)),
		svg("tspan", { x, dy: "1.25em" }, "out " + format.rate(link.now?.egress.bps)));
}

function says(link, band, lost) {
	return `${link.name}: in ${format.rate(link.now?.ingress.bps)}, out ${format.rate(link.now?.egress.bps)}` +
		(band ? `, band ${band}` : "") + (lost ? ", taken away" : "");
}

function route(link, state, where) {
	const a = where.get(keyOf(link, "from")).at, b = where.get(keyOf(link, "to")).at;
	const lost = state.lost === link.name;
	const band = link.capacity ? figuresOf(link, state)?.band : "";
	const classes = ["route", band ?? "", lost ? "away" : "", state.chosen === link.name ? "chosen" : ""];
	const line = { x1: a[0], y1: a[1], x2: b[0], y2: b[1] };
	const group = svg("g", { class: classes.filter(Boolean).join(" "), tabindex: 0, role: "button", "data-open": link.name,
		"aria-label": says(link, band, lost) },
	svg("title", {}, says(link, band, lost)), svg("line", { class: "hit", ...line }), svg("line", { class: "cable", ...line }));
	const [mx, my] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

	if (lost)
		group.append(svg("path", { class: "cross", d: `M${mx - 9} ${my - 9} l18 18 M${mx + 9} ${my - 9} l-18 18` }));
	else
		group.append(...flows(link, a, b));
	group.append(label(link, a, b));
	return group;
}

function place(p) {
	return [
		p.ours ? svg("circle", { class: "place", cx: p.at[0], cy: p.at[1], r: 8 }) :
			svg("rect", { class: "place", x: p.at[0] - 8, y: p.at[1] - 8, width: 16, height: 16, rx: 2 }),
		svg("text", { class: "place-name", x: p.at[0], y: p.at[1] + (p.above ? -15 : 27), "text-anchor": "middle" }, p.name)];
}

export function drawMap(state) {
	const links = state.overview.links;
	const { all, hub } = places(links);
	const focused = document.activeElement?.closest?.("#map [data-open]")?.dataset.open;
	const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": "Map of the routes" });

	for (const p of all.values())
		if (p.ours)
			picture.append(svg("line", { class: "spoke", x1: hub[0], y1: hub[1], x2: p.at[0], y2: p.at[1] }));
	picture.append(svg("circle", { class: "hub", cx: hub[0], cy: hub[1], r: 15 }),
		svg("text", { class: "hub-name", x: hub[0], y: hub[1] - 24, "text-anchor": "middle" }, "our network"));
	picture.append(...links.map((link) => route(link, state, all)));
	picture.append(...[...all.values()].flatMap(place));
	put(by("map"), picture);
	if (focused && !document.activeElement?.closest?.("#map"))
		by("map").querySelector(`[data-open="${focused}"]`)?.focus();
}
