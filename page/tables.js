// SPDX-License-Identifier: BSD-3-Clause
// The tables below: partners by classes, and how well everything was watched.
import { by, el, table } from "./dom.js";
import * as format from "./format.js";

const span = (answer) => `${format.minute(answer.from)} to ${format.minute(answer.to)} UTC`;

/** How strong a cell is beside the greatest one: 0 to 4, for the shade; the number is there in any case. */
const heat = (x, most) => x > 0 ? Math.min(4, Math.max(1, Math.ceil(4 * x / most))) : 0;

function matrixCell(cell, most) {
	if (!cell)
		return { text: "\u2013", attributes: { class: "quiet" } };
	const all = Number(cell.ingress.l2_bytes) + Number(cell.egress.l2_bytes);

	return { attributes: { class: "heat-" + heat(all, most), "data-partner": cell.partner, "data-class": cell.class,
		"data-in": cell.ingress.l2_bytes, "data-out": cell.egress.l2_bytes },
	text: el("span", { class: "both" }, el("span", {}, "in " + format.bytes(cell.ingress.l2_bytes)),
		el("span", {}, "out " + format.bytes(cell.egress.l2_bytes))) };
}

export function drawMatrix(answer) {
	const partners = [...new Set(answer.cells.map((c) => c.partner))];
	const classes = [...new Set(answer.cells.map((c) => c.class))].sort();
	const most = Math.max(1, ...answer.cells.map((c) => Number(c.ingress.l2_bytes) + Number(c.egress.l2_bytes)));

	table(by("matrix"), `L2 bytes from ${span(answer)}; in: from the partner to the class, out: from the class to the partner`,
		["partner", ...classes],
		partners.map((p) => [p, ...classes.map((c) =>
			matrixCell(answer.cells.find((x) => x.partner === p && x.class === c), most))]));
}

function gaps(link) {
	if (!link.gaps.length)
		return { text: "none", attributes: { class: "words" } };
	return { attributes: { class: "words" }, text: el("details", {},
		el("summary", {}, `${link.gaps.length}${link.more_gaps ? " and more" : ""}`),
		el("ul", {}, link.gaps.map((g) => el("li", {}, `${g.status}: ${format.minute(g.from)} to ${format.minute(g.to)}`)))) };
}

export function drawQuality(answer) {
	table(by("quality"), `Five-minute bins from ${span(answer)}`,
		["link", "measured", "ok", "partial", "lossy", "missing", { text: "gaps", attributes: { class: "words" } }],
		answer.links.map((l) => [l.name, { text: format.percent(l.completeness), attributes: { "data-completeness": l.completeness } },
			...["ok", "partial", "lossy", "missing"].map((s) => format.count(l[s])), gaps(l)]));
	table(by("meters"), "Packets at the taps of each meter in the month",
		["meter", "newest interval ends", "behind", "packets", "in no cell", "malformed", "late", "missed"],
		answer.meters.map((m) => [m.name, format.minute(m.end) + ":" + m.end.slice(17, 19),
			m.failing ? "cannot be read" : format.duration(m.lag),
			...["packets", "unknown", "malformed", "late", "missed"].map((k) =>
				({ text: format.count(m[k]), attributes: { ["data-" + k]: m[k], "data-meter": m.name } }))]));
}
