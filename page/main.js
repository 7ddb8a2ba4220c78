// SPDX-License-Identifier: BSD-3-Clause
// Asks the server, keeps what it said, and draws. Every figure is the server's.
import * as api from "./api.js";
import { by, el, put } from "./dom.js";
import { drawBoard } from "./board.js";
import { drawDetail } from "./detail.js";
import { drawMap } from "./map.js";
import { drawForecast, drawMatrix, drawPartners, drawQuality } from "./tables.js";
import * as format from "./format.js";

const AN_HOUR = 12; // bins: with fewer a chart of hours shows nothing
const OFTEN = 10_000, SELDOM = 60_000; // ms between two looks at the five-minute figures, and at the tables

const state = { overview: null, detail: null, chosen: null, lost: null, what: null, span: null, full: false, ahead: 0,
	looked: 0, soon: null, tables: 0, stream: null };

// --- state of the connection ---

function say(kind, text) {
	const pill = by("state");

	if (pill.textContent !== text)
		pill.textContent = text;
	pill.className = "pill " + kind;
}

/** Behind by more than some intervals: nobody meters, or we are not told. */
function tick() {
	const now = Date.now() + state.ahead;

	by("clock").textContent = new Date(now).toISOString().slice(11, 19);
	if (!state.overview || state.stream?.readyState !== EventSource.OPEN)
		return;
	const meters = state.overview.meters;
	const behind = Math.max(0, ...meters.map((m) => (now - Date.parse(m.end)) / 1000 - m.interval));

	if (meters.some((m) => m.failing))
		say("lost", "a meter cannot be read");
	else if (behind > 15 + 3 * Math.max(...meters.map((m) => m.interval)))
		say("stale", "no interval for " + format.duration(Math.round(behind)));
	else
		say("live", "live");
}

// --- drawing ---

const newest = (meters) => meters.map((m) => m.end).sort().at(-1);
const operator = () => state.overview.partner === null;

function drawFrame() {
	const o = state.overview;

	by("page").hidden = false;
	by("enter").hidden = true;
	put(by("whose"), operator() ? "All links" : "Partner " + o.partner);
	put(by("month"), o.ready ? `${format.month(o.month)}, up to ${format.minute(newest(o.meters))} UTC` : "");
	by("leave").hidden = !o.signed_in;
	by("progress").hidden = o.ready;
	put(by("progress"), o.meters.every((m) => m.seq === "0") ? "No interval has been metered yet." : `Reading: ${o.read_percent} %`);
	for (const element of document.querySelectorAll(".operator"))
		element.hidden = !operator();
	for (const element of document.querySelectorAll(".with-capacity"))
		element.hidden = !o.links.some((link) => link.capacity);
}

/** Where the lost link's load goes, and what has nowhere to go. */
function drawWhat() {
	const w = state.what?.without;

	by("without").hidden = !w;
	if (!w)
		return;
	const [inward, outward] = w.nowhere.directions.map((s) => s.p95_bps);
	const lost = Number(inward) || Number(outward) ?
		`Nowhere to go: p95 in ${format.rate(inward)}, out ${format.rate(outward)}.` : "All of it finds a way.";

	put(by("without"), el("span", {}, el("strong", {}, "Without " + w.link), `: its load of ${format.month(state.overview.month)} moved bin by bin to `,
		w.links.map((l) => l.link).join(", ") || "no other link", ". ", lost),
	el("button", { type: "button", "data-away": w.link }, "Put it back"));
}

function draw() {
	drawFrame();
	drawWhat();
	drawBoard(state);
	drawMap(state);
	if (state.detail)
		drawDetail(state);
}

// --- asking ---

async function guarded(work) {
	try {
		await work();
	} catch (error) {
		if (error instanceof api.Unauthorized)
			signIn();
		else
			say("lost", "no answer: " + error.message);
	}
}

async function lookDetail() {
	if (!state.chosen && state.overview.links.length)
		state.chosen = state.overview.links[0].name;
	if (!state.chosen || !state.overview.ready)
		return;
	state.detail = await api.get("link", { name: state.chosen });
	state.span ??= [...state.detail.bins.state].filter((s) => s !== "m").length < AN_HOUR ? "now" : "hours";
}

async function lookTables() {
	state.tables = Date.now();
	const [matrix, quality, partners] = await Promise.all(["matrix", "quality", "partners"].map((name) => api.get(name)));

	drawMatrix(matrix);
	drawQuality(quality);
	drawPartners(partners);
	if (operator())
		drawForecast(await api.get("forecast"));
}

const look = () => guarded(async () => {
	state.looked = Date.now();
	state.overview = await api.get("overview");
	state.ahead = Date.parse(state.overview.time) - Date.now();
	await lookDetail();
	if (state.lost)
		state.what = await api.get("without", { link: state.lost });
	draw();
	if (state.overview.complete && Date.now() - state.tables > SELDOM - OFTEN)
		await lookTables();
	if (!state.overview.complete)
		setTimeout(look, 1000);
});

/** Not at every interval, but after the last one too. */
function lookSoon() {
	state.soon ??= setTimeout(() => {
		state.soon = null;
		look();
	}, Math.max(0, state.looked + OFTEN - Date.now()));
}

const choose = (name) => guarded(async () => {
	state.chosen = name;
	await lookDetail();
	draw();
});

/** Takes a link away, or puts it back. */
const takeAway = (name) => guarded(async () => {
	state.lost = state.lost === name ? null : name;
	state.what = state.lost ? await api.get("without", { link: state.lost }) : null;
	draw();
});

// --- the stream ---

function take(news) {
	state.ahead = Date.parse(news.time) - Date.now();
	if (!state.overview)
		return;
	state.overview.meters = news.meters;
	for (const fresh of news.links) {
		const link = state.overview.links.find((l) => l.name === fresh.name);

		if (link)
			link.now = fresh.now;
	}
	drawBoard(state);
	drawMap(state);
	tick();
	lookSoon();
}

function listen() {
	state.stream?.close();
	state.stream = api.listen(take, () => say("lost", "connection lost, trying again"));
}

// --- people ---

function signIn() {
	state.stream?.close();
	by("page").hidden = true;
	by("enter").hidden = false;
	say("", "signed out");
	by("token").focus();
}

function start() {
	by("enter").hidden = true;
	guarded(async () => {
		await look();
		if (state.overview)
			listen();
	});
}

by("login").addEventListener("submit", async (event) => {
	event.preventDefault();
	try {
		await api.login(by("token").value);
		by("token").value = "";
		put(by("refused"), "");
		start();
	} catch {
		put(by("refused"), "This token is not known.");
	}
});

by("leave").addEventListener("click", async () => {
	await api.logout();
	location.reload();
});

document.addEventListener("click", (event) => {
	const open = event.target.closest("[data-open]"), spanned = event.target.closest("[data-span]");
	const away = event.target.closest("[data-away]");

	if (away)
		takeAway(away.dataset.away);
	if (open)
		choose(open.dataset.open);
	if (spanned) {
		state.span = spanned.dataset.span;
		draw();
	}
});

by("away").addEventListener("click", () => state.chosen && takeAway(state.chosen));

by("scale").addEventListener("click", () => {
	state.full = !state.full;
	draw();
});

document.addEventListener("keydown", (event) => {
	const link = event.target.closest?.("[data-open]"), route = event.target.closest?.("#map [data-open]");

	if (link && operator() && event.key === "Delete")
		takeAway(link.dataset.open);
	if (route && (event.key === "Enter" || event.key === " ")) {
		event.preventDefault();
		choose(route.dataset.open);
	}
});

document.addEventListener("theme", () => state.overview && draw());
setInterval(tick, 1000);
setInterval(() => state.overview && !state.soon && look(), SELDOM);
tick();
start();
