// The chat as a page sees it: its conversations, which of them is shown, and what each event does to them.

import { Composer } from "./composer.js";
import { Conversation, keyOf } from "./conversation.js";
import { asksAgain, change, entryOf, isSpoken, linesOf } from "./events.js";
import { confirm } from "./log.js";
import { call, setTitle, watchBell } from "./notify.js";
import { follow, show, toEnd, watchScrolling } from "./scroller.js";
import { showConversations, showMembers, watchPanels } from "./side.js";
import { ofBrowser, ofTab } from "./storage.js";
import { $, mentions } from "./text.js";

const EARLIER = 50; // lines of its history that a newcomer to a room is shown
const DRAWING = 20; // milliseconds
const SETTLING = 250; // milliseconds; several changes cause one question
const COMMAND = /^\s*\/(?!\/|me\b|shrug\b|roll\b)/i; // what is not said in the room

const SILENT = new Set(["done", "room-entered", "token"]); // what the page shows in another way

const plain = (line = "") => line.replace(/^error - /, "");

export class Chat {
	me = "";
	#session;
	#composer;
	#all = new Map(); // key -> conversation
	#now = null; // the one that is shown
	#maxLine = 8000; // bytes
	#typed = new Map(); // id -> where a line was typed
	#mine = new Map(); // "room number" -> the row, or the id, of a line of one's own: what came first
	#uses = new Map(); // id -> what the page does with an answer that it asked for itself
	#timer = 0;
	#drawing = 0;

	constructor(session) {
		this.#session = session;
		this.#composer = new Composer((line) => this.#submit(line), () => this.#now?.names(this.me) ?? []);
		watchBell();
		watchScrolling();
		watchPanels(() => session.hello());
		$("close").onclick = () => {
			this.#all.delete(this.#now.key);
			this.#turnTo(this.#rooms[0]);
		};
		addEventListener("focus", () => this.#looked());
		document.addEventListener("visibilitychange", () => this.#looked());
	}

	// Forget everything: somebody else comes in.
	clear() {
		this.#all.clear();
		this.#now = null;
	}

	focus() {
		this.#composer.focus();
	}

	// Where the server says that one is.
	welcome({ you, rooms, server }) {
		this.#called(you);
		this.#maxLine = server?.max_line ?? this.#maxLine;
		const before = this.#rooms;
		for (const each of before) each.here = false;
		const here = rooms.map(({ room, topic, members }) => {
			const each = this.#conversation(room);
			Object.assign(each, { here: true, topic: topic ?? "" });
			if (members) each.members = new Map(members.map(({ nick, away }) => [nick, away ?? null]));
			return each;
		});
		for (const each of here) if (!before.includes(each) && !each.since) this.#askHistory(each);
		for (const { id, line, room } of this.#session.pending) this.#wait(id, line, this.#conversation(room ?? here[0].name));
		const last = this.#now ?? this.#all.get(ofTab.get("current"));
		this.#turnTo(last && last.here ? last : here.at(-1));
	}

	// What happened in a room, or what concerns this client alone.
	event(event) {
		if (asksAgain(event)) {
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.#session.hello(), SETTLING);
		}
		const { event: kind, id, room, seq } = event;
		const use = this.#uses.get(id);
		if (use) use(event);
		else if (kind === "token" && event.for === "name") ofBrowser.set("claim", { token: event.token, nick: event.nick ?? this.me });
		else if (kind === "name-given-up") ofBrowser.set("claim", null);
		if (kind === "privately-said") this.#private(event);
		else if (kind === "kept-shown") for (const each of event.lines) this.#private({ event: "privately-said", ...each });
		else if ((room && seq) || kind === "became-holder") this.#happened(event);
		else if (kind === "gap") this.#gap(event);
		else if (!use && kind !== "room-entered" && (kind !== "history" || id)) this.#tell(linesOf(event), event);
	}

	// The outcome of a line that was typed here.
	outcome(event, { id, line }) {
		const where = this.#typed.get(id) ?? this.#now;
		this.#typed.delete(id);
		const bad = event.event === "error";
		const command = COMMAND.test(line);
		if (bad && !command) where.log.refuse(id, plain(event.line), () => this.#send(line, where));
		else if (event.seq && !command) this.#meet(event, id);
		else where.log.take(id);
		if (this.#uses.has(id)) setTimeout(() => this.#uses.delete(id));
		else if (bad && command) where.log.answer(id, [plain(event.line)], { typed: line, bad });
		else if (!bad && !SILENT.has(event.event)) where.log.answer(id, [], { typed: line });
		follow(true);
	}

	// Say a line, or do a command.
	send(line) {
		this.#send(line, this.#now);
	}

	// Ask for all rooms; `use` gets them.
	askRooms(use) {
		this.#ask("/rooms", ({ rooms }) => use(rooms ?? []));
	}

	// Those that one is in.
	get #rooms() {
		return [...this.#all.values()].filter(({ isRoom, here }) => isRoom && here);
	}

	// Words of the page itself.
	#tell(lines, { id, event } = {}) {
		if (lines.length) this.#now?.log.answer(id, lines.map(plain), { bad: event === "error" });
		follow(true);
	}

	#submit(line) {
		const now = this.#now;
		const command = /^\/[^/]/.test(line);
		const sent = now.isRoom || command ? line : `/msg ${now.name} ${line.replace("//", "/")}`;
		const bytes = new TextEncoder().encode(sent).length;
		if (bytes > this.#maxLine) {
			this.#tell([`not sent: this line has ${bytes} bytes, the limit is ${this.#maxLine}`]);
			return false;
		}
		now.log.unmark();
		this.#send(sent, now);
		toEnd();
		return true;
	}

	#send(line, where) {
		const room = where.isRoom && this.#rooms.length > 1 ? where.name : "";
		this.#wait(this.#session.line(line, room), line, where);
	}

	// Show a line that has no outcome yet.
	#wait(id, line, where) {
		if (this.#typed.has(id) || this.#uses.has(id) || /^\/resume\b/i.test(line)) return; // nobody should see a token
		this.#typed.set(id, where);
		const [, does] = /^\/me\s+(.*)/i.exec(line) ?? [];
		const [, toOne] = (!where.isRoom && /^\/msg\s+\S+\s+(.*)/i.exec(line)) || [];
		const kind = does ? "action" : toOne || !COMMAND.test(line) ? "said" : "command";
		where.log.wait(id, { kind, nick: this.me, text: does ?? toOne ?? line.replace(/^\/\//, "/") });
		follow(false);
	}

	#ask(line, use, room = "") {
		const id = this.#session.line(line, room);
		this.#uses.set(id, use);
	}

	// Show a newcomer what was said before.
	#askHistory(room) {
		const use = ({ messages = [] }) => {
			room.log.prepend(messages.map(entryOf).filter(({ at }) => !room.since || at < room.since));
			follow(false);
		};
		this.#ask(`/history ${EARLIER}`, use, this.#all.size > 1 ? room.name : "");
	}

	#happened(event) {
		const room = this.#conversation(event.room);
		const topic = event.event === "topic-changed";
		if (topic) room.topic = event.topic ?? "";
		if (event.event === "nickname-changed" && event.old === this.me) {
			this.#called(event.new);
			ofBrowser.set("name", event.new);
		}
		const entry = entryOf(event);
		room.since ??= entry.at;
		this.#add(room, entry, event);
		if ((change(room.members, event) || topic) && room === this.#now) this.#show();
	}

	#private(event) {
		this.#add(this.#conversation(event.nick === this.me ? event.to : event.nick, false), entryOf(event), event);
	}

	#gap({ room, from, to }) {
		const where = room ? this.#conversation(room) : this.#now;
		where?.log.add({ kind: "notice", at: new Date(), text: `${from ? to - from + 1 : "Some"} lines are missing here, the server does not keep them any more` });
		follow(false);
	}

	#add(where, entry, event) {
		const mine = entry.nick === this.me;
		const spoken = isSpoken(event);
		const heard = spoken && !mine;
		const mention = heard && where.isRoom && mentions(entry.text, this.me);
		const isNew = heard && !event.again;
		const isNews = isNew && !(where === this.#now && !document.hidden && document.hasFocus());
		const calls = isNew && (mention || !where.isRoom);
		if (spoken) where.spoke(entry.nick);
		if (isNews && !where.unread) where.log.mark();
		const row = where.log.add({ ...entry, mention });
		if (mine && event.own) confirm(row);
		else if (mine) this.#meet(event, row);
		if (isNews) {
			where.unread++;
			where.called ||= calls;
			this.#count();
		} else if (!where.isRoom) this.#count();
		if (calls) call(entry.nick, entry.text, () => this.#turnTo(where));
		follow(heard);
	}

	// Bring together a line of one's own and its outcome: the row and the id, whichever comes first.
	#meet({ room, seq }, what) {
		const place = `${room} ${seq}`;
		const other = this.#mine.get(place);
		if (other === undefined) {
			if (this.#session.pending.length || typeof what === "number") this.#mine.set(place, what);
			return;
		}
		this.#mine.delete(place);
		const [row, id] = typeof what === "number" ? [other, what] : [what, other];
		for (const { log } of this.#all.values()) log.take(id);
		confirm(row);
	}

	#called(nick) {
		this.me = nick;
		ofTab.set("name", nick);
		$("self-name").textContent = nick;
	}

	#conversation(name, isRoom = true) {
		const key = keyOf(name, isRoom);
		if (!this.#all.has(key)) this.#all.set(key, new Conversation(name, isRoom));
		return this.#all.get(key);
	}

	#turnTo(where) {
		if (where === this.#now) return this.#show();
		this.#now?.log.unmark();
		this.#now = where;
		ofTab.set("current", where.key);
		show(where.log);
		this.#composer.turnTo(where.key, `${where.isRoom ? "Message" : "Private message"} to ${where.name}`);
		if (!where.here) this.send(`/join ${where.name}`);
		this.#looked();
		this.#show();
		if (!matchMedia("(pointer: coarse)").matches) this.focus(); // on a phone the keyboard would cover the room
	}

	#looked() {
		if (!this.#now || document.hidden) return;
		Object.assign(this.#now, { unread: 0, called: false });
		this.#count();
	}

	#show() {
		const { name, isRoom, topic } = this.#now;
		$("room").textContent = name;
		$("topic").textContent = isRoom ? topic : "Only the two of you read this";
		$("close").hidden = isRoom;
		this.#drawing ||= setTimeout(() => this.#draw(), DRAWING); // when a class comes in, the list is made once
		this.#count();
	}

	#draw() {
		this.#drawing = 0;
		if (!this.#now) return;
		const { name, isRoom, members } = this.#now;
		const here = isRoom ? members : new Map([this.me, name].map((each) => [each, null]));
		showMembers(here, this.me, (nick) => this.#turnTo(this.#conversation(nick, false)));
	}

	#count() {
		const all = [...this.#all.values()];
		showConversations(all, this.#now, (each) => this.#turnTo(each));
		setTitle(this.#now?.name, all.reduce((sum, { unread }) => sum + unread, 0));
	}
}
