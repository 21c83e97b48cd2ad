// The lines of one conversation, as elements: by speaker, with days between them.

import { clock, day, full } from "./time.js";
import { make, name, write } from "./text.js";

const TOGETHER = 300_000; // milliseconds in which lines of one person share one name
const MAX_ROWS = 2_000; // more would make a phone slow

export class Log {
	element = make("div", "log");
	#last = null; // the last entry
	#day = "";
	#waiting = new Map(); // id -> row without an outcome
	#answers = new Map(); // id -> block
	#marker = null;

	constructor(label) {
		this.element.setAttribute("role", "log");
		this.element.setAttribute("aria-label", label);
	}

	// Append what happened: {kind, at, nick, text, quiet, mention}. Return its row.
	add(entry) {
		const today = day(entry.at);
		if (today !== this.#day) this.#put(separator("day", today));
		this.#day = today;
		const before = this.#last;
		if (entry.quiet && before?.quiet && before.row.isConnected) {
			write(before.row.querySelector(".what"), ` · ${entry.text}`); // those who come and go share a line
			return before.row;
		}
		const row = this.#put(this.#row(entry));
		this.#last = { ...entry, row };
		while (this.element.childElementCount > MAX_ROWS) this.element.firstElementChild.remove();
		return row;
	}

	// Put earlier lines on top.
	prepend(entries) {
		const before = new Log("");
		for (const entry of entries) before.add(entry);
		const first = this.element.querySelector(".day");
		if (first?.textContent === before.#day) first.remove();
		this.element.ariaBusy = "true"; // it is no news
		this.element.prepend(...before.element.childNodes);
		this.element.ariaBusy = "false";
		this.#last ??= before.#last;
		this.#day ||= before.#day;
	}

	// Append a line of one's own that has no outcome yet.
	wait(id, entry) {
		const row = this.#row({ ...entry, at: new Date() });
		row.classList.add("sending");
		state(row, "sending");
		this.element.append(row);
		this.#waiting.set(id, row);
	}

	// Take the line away: the room has it, or it has an answer.
	take(id) {
		this.#waiting.get(id)?.remove();
		this.#waiting.delete(id);
	}

	// Say why a line was refused, and let it be sent again.
	refuse(id, why, again) {
		const row = this.#waiting.get(id);
		this.#waiting.delete(id);
		row.classList.replace("sending", "refused");
		const button = (text, act) => {
			const made = make("button", "link", text);
			made.onclick = () => {
				row.remove();
				act?.();
			};
			return made;
		};
		state(row, `not sent: ${why} `).append(button("Send again", again), button("Remove"));
		this.#put(row);
	}

	// Show what the server answers to this client alone, below what was typed.
	answer(id, lines, { typed = "", bad = false } = {}) {
		const block = this.#answers.get(id) ?? this.#put(make("div", "answer"));
		if (id) this.#answers.set(id, block);
		if (typed) block.prepend(make("p", "typed", typed));
		if (bad) block.classList.add("bad");
		for (const line of lines) block.append(write(make("p", "line"), line));
	}

	// Mark where what comes next begins to be new.
	mark() {
		this.#marker ??= this.#put(separator("new", "New"));
	}

	unmark() {
		this.#marker?.remove();
		this.#marker = null;
	}

	// Put an element behind all that has happened, and before what waits.
	#put(element) {
		this.#last = null;
		this.element.insertBefore(element, this.#waiting.values().next().value ?? null);
		return element;
	}

	#row({ kind, at, nick = "", text, mention }) {
		const before = this.#last;
		const goesOn = kind === "said" && before?.kind === kind && before.nick === nick && at - before.at < TOGETHER;
		const row = make("div", `row ${kind}${goesOn ? " together" : ""}${mention ? " mention" : ""}`);
		const time = make("time", "", clock(at));
		Object.assign(time, { dateTime: at.toISOString(), title: full(at) });
		const what = write(make("p", "what"), text);
		what.dir = "auto";
		row.append(time, nick ? make("span", "who", name(nick)) : make("span"), what);
		return row;
	}
}

function separator(name, text) {
	const element = make("div", name, text);
	element.role = "separator";
	return element;
}

function state(row, text) {
	row.querySelector(".state")?.remove();
	return row.appendChild(make("span", "state", text));
}

// Mark a line of one's own as said.
export function confirm(row) {
	state(row, "✓").title = "sent";
}
