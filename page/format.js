// SPDX-License-Identifier: BSD-3-Clause
// Numbers and times for people. What comes in are the API's strings; nothing is computed from them but the unit.

const STEPS = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]];
const DASH = "\u2013";
const NARROW = "\u202f"; // no line break between number and unit

function digits(x) {
	return x >= 99.95 || x === 0 ? x.toFixed(0) : x >= 9.995 ? x.toFixed(1) : x.toFixed(2);
}

function scaled(value, unit) {
	if (value === null || value === undefined)
		return DASH;
	const x = Number(value);
	const [size, prefix] = STEPS.find(([step]) => Math.abs(x) >= step) ?? [1, ""];

	return digits(x / size) + NARROW + prefix + unit;
}

export const rate = (bps) => scaled(bps, "bit/s");
export const bytes = (n) => scaled(n, "B");
export const percent = (p) => p === null || p === undefined ? DASH : p + NARROW + "%";
export const count = (n) => n === null || n === undefined ? DASH : String(n).replace(/\B(?=(\d{3})+$)/g, "\u2009");

/** "2026-03-01 12:00" of an RFC 3339 time in UTC. */
export const minute = (time) => time ? time.slice(0, 10) + " " + time.slice(11, 16) : DASH;
export const second = (time) => time ? time.slice(11, 19) : DASH;

/** Of an amount or quantity: what is not printed of its decimals is not said to be exact. */
export function quantity(x, unit) {
	if (x === null || x === undefined)
		return DASH;
	if (Number(x) > 0 && Number(x) < 0.005)
		return "< 0.01" + (unit ? NARROW + unit : "");
	const [whole, decimals] = Math.abs(Number(x)) >= 1e15 ? [x.split(".")[0], ""] : Number(x).toFixed(2).split(".");

	return count(whole) + (Number(decimals) ? "." + decimals : "") + (unit ? NARROW + unit : "");
}

export const money = (x, currency) => x === null || x === undefined ? DASH :
	count(x.split(".")[0]) + (x.includes(".") ? "." + x.split(".")[1] : "") + NARROW + currency;

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	"November", "December"];
export const month = (time) => time ? MONTHS[Number(time.slice(5, 7)) - 1] + " " + time.slice(0, 4) : DASH;

export function duration(seconds) {
	const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
	const first = Math.max(parts.findIndex(([size]) => seconds >= size), 0);
	let left = seconds;

	if (seconds < 1)
		return "0 s";
	return parts.slice(first, first + 2).map(([size, unit]) => {
		const n = Math.floor(left / size);

		left -= n * size;
		return n ? n + "\u00a0" + unit : "";
	}).filter(Boolean).join(" ");
}
