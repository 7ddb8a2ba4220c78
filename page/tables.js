// SPDX-License-Identifier: BSD-3-Clause
// The tables below: partners by classes, how well everything was watched, contracts' month to date, forecasts.
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

// --- partners ---

function room(line) {
	if (line.commit_passed)
		return "passed for good";
	return line.bins_left_above_commit === null ? "\u2013" : format.count(line.bins_left_above_commit);
}

function charge(attributes, currency, forecast, low, high) {
	return { attributes, text: el("span", { class: "both" }, format.money(forecast, currency),
		el("small", {}, "least " + format.money(low, currency)), el("small", {}, "most " + format.money(high, currency))) };
}

function contractRow(contract, line, first) {
	const key = { "data-contract": contract.contract, "data-line": line.name };
	const figure = (name) => ({ text: format.quantity(line[name], line.unit), attributes: { ...key, ["data-" + name.replace("_", "-")]: line[name] } });

	return [first ? el("span", { class: "both" }, contract.partner, el("small", {}, `${contract.contract}, ${contract.period}`)) : "",
		{ text: `${line.name} (${line.type.replaceAll("_", " ")})`, attributes: { class: "words" } },
		figure("so_far"), figure("low"), figure("high"), line.commit === null ? "\u2013" : format.quantity(line.commit, line.unit), room(line),
		charge({ ...key, "data-amount": line.amount_forecast }, contract.currency, line.amount_forecast, line.amount_low, line.amount_high)];
}

const totalRow = (contract) => ["", { text: "total", attributes: { class: "words total" } }, "", "", "", "", "",
	charge({ class: "total", "data-contract": contract.contract, "data-total": contract.total_forecast }, contract.currency,
		contract.total_forecast, contract.total_low, contract.total_high)];

export function drawPartners(answer) {
	const rows = answer.contracts.flatMap((c) => [
		...c.lines.map((line, i) => contractRow(c, line, i === 0)),
		...(c.lines.length > 1 ? [totalRow(c)] : [])]);

	table(by("partners"), rows.length ? "Contracts whose period runs, in the zone of each; lowest and highest: whatever the bins to come carry" :
		answer.none_because, rows.length ? ["partner and contract", { text: "line", attributes: { class: "words" } },
		"so far", "lowest final", "highest final", "commit", "bins left above commit", "forecast charge, its bounds"] : [], rows);
}

// --- forecast ---

function crossing(level) {
	const when = (c) => c.reach === "ahead" ? c.period : c.reach;

	if (!level)
		return "\u2013";
	return { attributes: { "data-reach": when(level) }, text: el("span", { class: "both" }, el("span", {}, when(level)),
		level.reach === "ahead" ? el("small", {}, `${when(level.early)} to ${when(level.late)}`) : "") };
}

function forecastRow(link, side, i) {
	const f = side.forecast, none = f.none_because;
	const ways = none ? "in, out" : side.direction === "ingress" ? "in" : "out";
	const head = [i ? "" : link.link, { text: ways, attributes: { class: "words" } }, format.count(f.months)];

	if (none) // for both, or there would be one
		return i ? null : [...head, { text: none, attributes: { colspan: 6, class: "words quiet" } }];
	return [...head, format.rate(f.now_bps), format.percent(f.growth_percent_a_year),
		...["50", "70", "80", "100"].map((p) => crossing(f.levels.find((x) => x.percent === p)))];
}

export function drawForecast(answer) {
	table(by("forecast"), "Theil-Sen line on the p95 of complete months, planned changes added; below each month its 80 % interval",
		["link", { text: "way", attributes: { class: "words" } }, "months", "line now", "growth a year", "reaches 50 %", "70 %", "80 %", "100 %"],
		answer.links.flatMap((l) => l.directions.map((d, i) => forecastRow(l, d, i)).filter(Boolean)));
}
