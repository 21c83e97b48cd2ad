// Objects that were too long for one datagram, whole again: their lists and texts go on from part to part.

const TEXTS = ["text", "why", "topic", "does"]; // one of these grows in an object without a list

export class Parts {
	#begun = new Map(); // what an object is about -> the parts so far as one

	// Return the whole object, or null as long as there is more to come.
	join(part) {
		if (!part.part) return part;
		const { event, room, seq, own, id, part: number } = part;
		const key = [event, room, seq, own, id].join();
		const begun = this.#begun.get(key);
		this.#begun.delete(key);
		if (number > 1 && begun?.part !== number - 1) return null; // its beginning is lost
		const whole = number > 1 ? grown(begun, part) : part;
		if (part.more) this.#begun.set(key, whole);
		return part.more ? null : whole;
	}
}

function grown(begun, part) {
	const list = Object.keys(part).find((name) => Array.isArray(part[name]));
	const name = list ?? TEXTS.find((each) => part[each]);
	const lines = [begun.line, part.line].filter(Boolean).join("\n");
	return { ...begun, ...part, [name]: list ? entries(begun[name], part[name]) : begun[name] + part[name], line: lines };
}

// Join two lists. An entry that goes on is one with the entry behind it.
function entries(before, after) {
	const last = before.at(-1);
	if (!last?.more || !after.length) return [...before, ...after];
	const { more, ...next } = after[0];
	const one = grown({ ...last, more }, next);
	delete one.line;
	return [...before.slice(0, -1), more ? one : { ...one, more: undefined }, ...after.slice(1)];
}
