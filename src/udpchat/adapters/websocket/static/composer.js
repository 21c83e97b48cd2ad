// Where one types: sending, one's own earlier lines, completion of commands and names.

import { commandsFor, namesFor } from "./completion.js";
import { $, make } from "./text.js";

const MAX_EARLIER = 100; // lines that Up brings back

export class Composer {
	#text = $("text");
	#send;
	#names;
	#earlier = [];
	#place = 0; // in #earlier; behind the last one is what is being typed
	#begun = "";
	#drafts = new Map();
	#where = "";
	#rows = []; // suggestions
	#chosen = -1;
	#cycle = null; // the names that Tab goes through

	// `send` gets each line, and returns whether it was taken. `names` returns who can be completed.
	constructor(send, names) {
		this.#send = send;
		this.#names = names;
		$("composer").onsubmit = (event) => {
			event.preventDefault();
			this.#submit();
		};
		this.#text.oninput = () => {
			this.#place = this.#earlier.length;
			this.#fill(this.#text.value, this.#text.selectionStart);
			this.#suggest(commandsFor(this.#text.value));
		};
		this.#text.onkeydown = (event) => {
			const modified = event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
			if (!modified && this.#key(event.key)) event.preventDefault();
		};
		this.#text.onblur = () => this.#suggest([]);
	}

	// Go on in another conversation. Each has what was begun there.
	turnTo(where, label) {
		this.#drafts.set(this.#where, this.#text.value);
		this.#where = where;
		this.#fill(this.#drafts.get(where) ?? "");
		this.#text.ariaLabel = this.#text.placeholder = label;
	}

	focus() {
		this.#text.focus({ preventScroll: true });
	}

	#submit() {
		const lines = this.#text.value.split(/[\r\n]+/).filter((line) => line.trim());
		while (lines.length && this.#send(lines[0])) this.#earlier.push(lines.shift());
		this.#earlier = this.#earlier.slice(-MAX_EARLIER);
		this.#place = this.#earlier.length;
		this.#fill(lines.join("\n"));
		this.focus();
	}

	#fill(text, caret = text.length) {
		if (this.#text.value !== text) this.#text.value = text;
		this.#text.setSelectionRange(caret, caret);
		this.#text.style.height = "auto";
		this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
		this.#cycle = null;
		this.#suggest([]);
	}

	// Do what a key does here; return whether it did anything.
	#key(key) {
		const choosing = this.#rows.length > 0 && !this.#rows[0].whole;
		const { value, selectionStart: caret } = this.#text;
		const step = { ArrowUp: -1, ArrowDown: 1 }[key];
		if (key === "Enter") {
			if (!(choosing && this.#chosen >= 0 && this.#take())) this.#submit();
			return true;
		}
		if (key === "Escape" && this.#rows.length) return this.#suggest([]);
		if (key === "Tab") return choosing ? this.#take() : this.#complete();
		if (choosing && step) return this.#choose(Math.max(-1, this.#chosen + step));
		if (step && !(step < 0 ? value.slice(0, caret) : value.slice(caret)).includes("\n")) return this.#bring(step);
		return false;
	}

	// Bring back an earlier line, or a later one.
	#bring(step) {
		const place = this.#place + step;
		if (place < 0 || place > this.#earlier.length) return false;
		if (this.#place === this.#earlier.length) this.#begun = this.#text.value;
		this.#fill(this.#earlier[place] ?? this.#begun);
		this.#place = place;
		return true;
	}

	// Complete a name; the next Tab takes the next one.
	#complete() {
		const { value, selectionStart: caret } = this.#text;
		const cycle = this.#cycle ?? namesFor(value, caret, this.#names());
		if (!cycle) return false;
		const put = cycle.names[cycle.index] + (cycle.start ? " " : ": ");
		const end = cycle.start + put.length;
		this.#fill(value.slice(0, cycle.start) + put + value.slice(cycle.end), end);
		this.#cycle = { ...cycle, end, index: (cycle.index + 1) % cycle.names.length };
		return true;
	}

	#suggest(rows) {
		this.#rows = rows;
		$("suggestions").hidden = !rows.length;
		this.#text.ariaExpanded = String(rows.length > 0);
		$("suggestions").replaceChildren(
			...rows.map(({ usage, does, example, whole }, index) => {
				const option = make("li", "", make("code", "", usage), make("span", "", does));
				if (whole && example) option.append(make("span", "muted", `for example: ${example}`));
				Object.assign(option, { id: `suggestion-${index}`, role: "option" });
				option.onpointerdown = (event) => {
					event.preventDefault(); // the field keeps the focus
					this.#choose(index);
					this.#take();
				};
				return option;
			}),
		);
		return this.#choose(-1); // Enter sends what was typed, unless one has chosen
	}

	#choose(index) {
		const options = [...$("suggestions").children];
		this.#chosen = Math.min(index, options.length - 1);
		options.forEach((option, each) => (option.ariaSelected = String(each === this.#chosen)));
		this.#text.setAttribute("aria-activedescendant", options[this.#chosen]?.id ?? "");
		return true;
	}

	// Put the chosen command, or the first, into the field; return whether that changed it.
	#take() {
		const [word, ...takes] = this.#rows[Math.max(this.#chosen, 0)].usage.split(" ");
		const text = takes.length ? `${word} ` : word;
		if (this.#text.value.startsWith(text)) return false;
		this.#fill(text);
		if (takes.length) this.#suggest(commandsFor(text));
		return true;
	}
}
