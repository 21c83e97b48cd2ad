// A room, or what one says to one person: who is there, what was said, and what of it is unread.

import { Log } from "./log.js";

export class Conversation {
	topic = "";
	members = new Map(); // name -> why it is away, null if it is not
	unread = 0;
	called = false; // somebody says one's name in what is unread
	here = true; // one is in the room
	since = null; // time of the first line that came live
	#voices = []; // who spoke, the last one first

	constructor(name, isRoom) {
		Object.assign(this, { name, isRoom, key: keyOf(name, isRoom) });
		this.log = new Log(isRoom ? `Room ${name}` : `Private words with ${name}`);
	}

	spoke(nick) {
		this.#voices = [nick, ...this.#voices.filter((each) => each !== nick)];
	}

	// The names of others that can be completed: who spoke last comes first.
	names(me) {
		const here = this.isRoom ? [...this.members.keys()] : [this.name];
		return [...new Set([...this.#voices.filter((each) => here.includes(each)), ...here])].filter((each) => each !== me);
	}
}

export const keyOf = (name, isRoom) => (isRoom ? "#" : "@") + name;
