// SPDX-License-Identifier: BSD-3-Clause
// One link: its chart, its figures of the month, its commitments.
import { by, el, put } from "./dom.js";
import { sideOf } from "./board.js";
import { drawChart } from "./chart.js";
import * as format from "./format.js";

const HOURS = 24 * 12; // bins

function lines(detail) {
	const p95 = detail.month.p95_bps;
	const drawn = p95 === null ? [] : [{ value: Number(p95), word: "p95 " + format.rate(p95), name: "--tick", dash: [6, 4] }];

	for (const commit of detail.commits)
		drawn.push({ value: Number(commit.bps), word: `commit ${commit.partner} ${format.rate(commit.bps)}`, name: "--plan",
			dash: [2, 3], far: true });
	if (detail.capacity)
		drawn.push({ value: Number(detail.capacity), word: "capacity " + format.rate(detail.capacity), name: "--critical",
			dash: [], far: true });
	return drawn;
}

function cut(bins, from) {
	const start = bins.start + from * bins.step;
	const series = { ingress: bins.ingress.slice(from), egress: bins.egress.slice(from) };

	return { start, step: bins.step, series, states: bins.state.slice(from),
		times: series.ingress.map((_, i) => start + i * bins.step) };
}

const SPANS = {
	now: (detail) => ({ times: detail.samples.end, series: detail.samples, start: 0, step: 0, states: "" }),
	hours: (detail) => cut(detail.bins, Math.max(detail.bins.state.length - HOURS, 0)),
	month: (detail) => cut(detail.bins, 0),
};

function words(detail, state) {
	const { missing, lossy, partial } = detail.month.bins, span = state.span === "now" ? "each interval of the meter" : "five minutes a point";

	return `Times in UTC, L1 bit/s, ${span}; solid: in, dashed: out. ` +
		([missing, lossy, partial].some(Number) ?
			`Shaded: ${missing} bins missing, ${lossy} lossy, ${partial} partial this month.` :
			"Nothing is missing this month.");
}

const pair = (word, text, attributes) => [el("dt", {}, word), el("dd", attributes ?? {}, text)];

function sideFigures(detail, direction, word) {
	const f = sideOf(detail.month, direction);
	const named = (name) => ({ "data-figure": direction + "." + name, "data-value": f[name] });

	return [
		el("div", { class: "head" }, word),
		...pair("p95 so far", format.rate(f.p95_bps), named("p95_bps")),
		...(f.p95_percent === null ? [] : pair("\u2026 of capacity", format.percent(f.p95_percent), named("p95_percent"))),
		...pair("mean", format.rate(f.mean_bps), named("mean_bps")),
		...pair("median", format.rate(f.p50_bps), named("p50_bps")),
		...pair("peak", format.rate(f.peak_bps), named("peak_bps")),
		...pair("\u2026 at", format.minute(f.peak_start)),
		...pair("busiest hour", format.rate(f.busy_hour_bps), named("busy_hour_bps")),
	];
}

function drawFigures(detail) {
	const month = detail.month;

	put(by("figures"),
		...sideFigures(detail, "ingress", "in (from partners)"),
		...sideFigures(detail, "egress", "out (to partners)"),
		el("div", { class: "head" }, "month"),
		...(detail.capacity ? pair("headroom", format.rate(month.headroom_bps), { "data-figure": "headroom_bps", "data-value": month.headroom_bps }) : []),
		...pair("measured", format.percent(month.completeness_percent), { "data-figure": "completeness_percent",
			"data-value": month.completeness_percent }),
		...["partial", "lossy", "missing"].filter((s) => Number(month.bins[s])).flatMap((s) =>
			pair(`bins ${s}`, format.count(month.bins[s]))),
		...detail.commits.flatMap((c) => pair("commit " + c.contract, format.rate(c.bps), { "data-figure": "commit." + c.contract, "data-value": c.bps })));
}

export function drawDetail(state) {
	const detail = state.detail;
	const places = [detail.from?.name, detail.to?.name].filter(Boolean).join(" \u2013 ");

	put(by("detail-title"), detail.name);
	put(by("detail-what"), [places, detail.description, detail.capacity ? format.rate(detail.capacity) + " each way" : ""]
		.filter(Boolean).join(" \u00b7 "));
	for (const button of document.querySelectorAll("[data-span]"))
		button.setAttribute("aria-pressed", String(button.dataset.span === state.span));
	by("scale").setAttribute("aria-pressed", String(state.full));
	by("away").textContent = state.lost === detail.name ? "Put it back" : "Without this link";
	drawFigures(detail);
	drawChart({ ...SPANS[state.span](detail), lines: lines(detail), words: words(detail, state), full: state.full });
}
