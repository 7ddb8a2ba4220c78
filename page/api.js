// SPDX-License-Identifier: BSD-3-Clause
// The server's answers. 401 is told apart: then somebody has to sign in.

export class Unauthorized extends Error {}

async function answer(response) {
	if (response.status === 401)
		throw new Unauthorized();
	if (!response.ok)
		throw new Error((await response.json().catch(() => ({}))).error ?? "status " + response.status);
	return response.json();
}

export async function get(name, query = {}) {
	const parameters = new URLSearchParams(query).toString();

	return answer(await fetch("api/" + name + (parameters ? "?" + parameters : ""), { cache: "no-store" }));
}

/** Gives the token for a cookie that scripts cannot read. */
export async function login(token) {
	const response = await fetch("login", { method: "POST", headers: { Authorization: "Bearer " + token } });

	if (!response.ok)
		throw new Unauthorized();
}

export const logout = () => fetch("logout", { method: "POST" });

/** New intervals as they come; the browser connects again by itself. */
export function listen(take, lost) {
	const source = new EventSource("events");

	source.addEventListener("now", (event) => take(JSON.parse(event.data)));
	source.addEventListener("error", lost);
	return source;
}
