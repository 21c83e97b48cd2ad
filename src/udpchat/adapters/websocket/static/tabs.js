// Other tabs of this browser. A duplicated tab has a copy of the session, and all tabs have one claim: the tab that was
// there first keeps it, or they would take it from each other for ever.

const WAIT = 200; // milliseconds; a tab answers within a few

const channel = typeof BroadcastChannel === "undefined" ? new EventTarget() : new BroadcastChannel("udpchat");
let held = [];

channel.addEventListener("message", ({ data }) => {
	if (held.includes(data.ask)) channel.postMessage({ held: data.ask });
});

// From now on, tell other tabs that this one has these secrets.
export function hold(...secrets) {
	held = secrets.filter(Boolean);
}

// Whether another tab has a secret.
export function isTaken(secret) {
	return new Promise((resolve) => {
		channel.addEventListener("message", ({ data }) => data.held === secret && resolve(true));
		channel.postMessage?.({ ask: secret });
		setTimeout(resolve, WAIT, false);
	});
}
