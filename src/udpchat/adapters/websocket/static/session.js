// The JSON dialect, version 1: a session outlives its connections, numbers show what is missing or came twice, and lines
// are repeated until their outcome is known.

import { Parts } from "./parts.js";
import { ofTab } from "./storage.js";

const REPEAT = 5_000; // milliseconds without an outcome, then a line is sent again
const SILENCE = 5_000; // milliseconds without a welcome, then the room counts as silent
const MISSING = 1_500; // milliseconds for an answer about what is missing
const RELOADED = 300; // events of a room that a page asks for when it is loaded again
const MAX_CODES = 5; // of one connection
const NOT_YET = ["slow-down", "room-unreachable"]; // sent again
const UNCERTAIN = "perhaps it was, the server has begun a new session";

export class Session {
	#connection;
	#tell;
	#memory; // {session, log, own, firstOwn, seenOwn, id, settled, rooms: {name: {first, last, seen}}}
	#outbox;
	#parts = new Parts();
	#in = false;
	#wish = "";
	#code = "";
	#key = ""; // typed without a connection
	#codes = 0;
	#timers = {};
	#asked = ""; // the place behind which something is missing

	// `tell` has welcome(event, resumed), event(event), outcome(event, entry), keyAsked(event) and silent().
	constructor(tell) {
		this.#tell = tell;
		this.#memory = ofTab.get("session") ?? { rooms: {} };
		this.#outbox = ofTab.get("outbox") ?? [];
		for (const place of Object.values(this.#memory.rooms)) {
			place.seen = place.last;
			place.last = Math.max(place.first, place.last - RELOADED);
		}
		this.#memory.seenOwn = this.#memory.own;
		this.#memory.own = this.#memory.firstOwn;
		addEventListener("pagehide", () => this.#save());
		setInterval(() => this.#in && this.#post(Date.now() - REPEAT), 1_000);
	}

	get secret() {
		return this.#memory.session;
	}

	// Lines without an outcome: {id, line, room, sent}.
	get pending() {
		return this.#outbox;
	}

	// Use this connection, and ask for this name if the session is a new one.
	begin(connection, wish) {
		this.#connection = connection;
		this.#wish = wish;
	}

	// Be somebody else from now on.
	forget() {
		this.#memory = { rooms: {} };
		this.#outbox = [];
		this.#in = false;
		this.#key = "";
		this.#save();
	}

	// Send a line, as soon as there is a connection; return its id.
	line(line, room) {
		const id = (this.#memory.id = Math.max(Date.now(), (this.#memory.id ?? 0) + 1));
		this.#outbox.push({ id, line, room: room || undefined, sent: 0 });
		this.#save();
		if (this.#in) this.#post(0);
		return id;
	}

	enterKey(key) {
		this.#key = this.hello([this.#code, key].join(" ").trim()) ? "" : key;
	}

	// Come in, by a code or a key if one is asked for, or ask for the state again. Return whether it was sent.
	hello(enter) {
		const { session } = this.#memory;
		return this.#connection.send({ hello: { v: 1, nick: this.#wish || undefined, enter, session, ...(session && this.#places()) } });
	}

	opened() {
		this.#code = "";
		this.#codes = 0;
		this.hello();
		this.#after("silence", SILENCE, () => this.#tell.silent());
	}

	lost() {
		this.#in = false;
		clearTimeout(this.#timers.silence);
	}

	received(object) {
		const event = this.#parts.join(object);
		if (!event) return;
		const kind = event.event;
		if (event.id) this.#settle(event);
		if (kind === "welcome") this.#welcome(event);
		else if (kind === "pong" || kind === "head") this.#compare(Object.entries(event.rooms ?? {}), event.own);
		else if (kind === "code-asked") this.#enterCode(event.code);
		else if (kind === "key-asked" && this.#key) this.enterKey(this.#key);
		else if (kind === "key-asked") {
			clearTimeout(this.#timers.silence);
			this.#tell.keyAsked(event);
		} else if (kind === "gap") {
			const place = this.#memory.rooms[event.room];
			if (place) place.last = Math.max(place.last, event.to);
			else this.#memory.own = Math.max(this.#memory.own ?? 0, event.to);
			if (place) this.#tell.event(event);
		} else if (kind !== "done" && this.#isNew(event) && kind !== "hidden" && !(kind === "error" && event.id)) this.#tell.event(event);
	}

	#welcome(event) {
		clearTimeout(this.#timers.silence);
		const memory = this.#memory;
		const again = this.#in;
		const known = memory.session !== undefined && memory.log === event.log && event.id >= (memory.settled ?? 0);
		const resumed = again || known;
		if (!resumed) Object.assign(memory, { rooms: {}, own: event.own, firstOwn: event.own, settled: 0 });
		const places = event.rooms.map(({ room, seq }) => [room, memory.rooms[room] ?? { first: seq, last: seq }]);
		Object.assign(memory, { rooms: Object.fromEntries(places), session: event.session ?? memory.session, log: event.log });
		this.#connection.settled();
		this.#in = true;
		const uncertain = resumed ? [] : this.#outbox.filter(({ sent }) => sent);
		this.#outbox = this.#outbox.filter((entry) => !uncertain.includes(entry));
		this.#save();
		if (!again) this.#post(Infinity);
		this.#tell.welcome(event, resumed);
		for (const entry of uncertain) this.#tell.outcome({ event: "error", line: UNCERTAIN }, entry);
		const heads = event.rooms.map(({ room, seq }) => [room, seq]);
		this.#after("missing", MISSING, () => this.#compare(heads, event.own));
	}

	#enterCode(code) {
		this.#code = code;
		if (++this.#codes <= MAX_CODES) this.hello(code);
	}

	// Whether an event is new to this page. If one before it is missing, ask for both. What was there
	// before the page was loaded again is `again`.
	#isNew(event) {
		const { room, seq, own } = event;
		const memory = this.#memory;
		const isOfRoom = room !== undefined && seq !== undefined;
		if (!isOfRoom && own === undefined) return true;
		if (isOfRoom) memory.rooms[room] ??= { first: seq - 1, last: seq - 1 };
		const last = isOfRoom ? memory.rooms[room].last : (memory.own ?? own - 1);
		const number = isOfRoom ? seq : own;
		if (number <= last || (number > last + 1 && !this.#isLost(`${isOfRoom ? room : ""} ${last}`))) return false;
		event.again = number <= ((isOfRoom ? memory.rooms[room].seen : memory.seenOwn) ?? -1);
		if (isOfRoom) memory.rooms[room].last = seq;
		else memory.own = own;
		return true;
	}

	// Ask for what is missing behind a place, once. Return true if that was done in vain.
	#isLost(place) {
		if (this.#asked === `${place}!`) return true;
		if (this.#asked !== place) {
			this.#asked = place;
			this.#since();
			this.#after("lost", MISSING, () => (this.#asked += "!"));
		}
		return false;
	}

	#places() {
		const { log, own, rooms } = this.#memory;
		return { rooms: Object.fromEntries(Object.entries(rooms).map(([room, { last }]) => [room, last])), own, log };
	}

	#since() {
		const { rooms, own, log } = this.#places();
		this.#connection.send({ since: rooms, own, log });
	}

	// Ask for what this page does not have.
	#compare(heads, own) {
		const { rooms, own: last = 0 } = this.#memory;
		if (own > last || heads.some(([room, seq]) => rooms[room]?.last < seq)) this.#since();
	}

	// Send what was not sent since then.
	#post(since) {
		for (const entry of this.#outbox) {
			const { id, line, room, sent } = entry;
			if (sent <= since && this.#connection.send({ line, id, room })) entry.sent = Date.now();
		}
	}

	#settle(event) {
		if (NOT_YET.includes(event.code)) return;
		const index = this.#outbox.findIndex(({ id }) => id === event.id);
		if (index < 0) return;
		const [entry] = this.#outbox.splice(index, 1);
		this.#memory.settled = Math.max(this.#memory.settled ?? 0, entry.id);
		this.#save();
		this.#tell.outcome(event, entry);
	}

	#save() {
		ofTab.set("session", this.#memory);
		ofTab.set("outbox", this.#outbox);
	}

	#after(name, milliseconds, act) {
		clearTimeout(this.#timers[name]);
		this.#timers[name] = setTimeout(act, milliseconds);
	}
}
