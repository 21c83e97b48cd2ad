// One WebSocket at a time, which is opened again with growing pauses. It knows nothing of rooms.

const FIRST_PAUSE = 500; // milliseconds; a server that starts again is there within a second
const LONGEST_PAUSE = 30_000; // milliseconds
const OPENING = 15_000; // milliseconds; a network that swallows packets never says no
const QUIET = 20_000; // milliseconds without a word, then the server is asked; proxies close after 60 s
const DEADLINE = 8_000; // milliseconds for the answer, then the connection counts as lost
const ENDED = 1000; // the code of a WebSocket that ends in order (RFC 6455 section 7.4.1)
const AWAKE_DEADLINE = 3_000; // the same after sleep or a change of networks, when most connections are dead

export class Connection {
	#url;
	#tell;
	#socket = null;
	#failures = 0;
	#timer = 0;
	#asked = 0;
	#stopped = true;

	// `tell` has connecting(), opened(), received(object), lost(), and ended(): the server wants nobody back.
	constructor(url, tell) {
		this.#url = url;
		this.#tell = tell;
		for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => this.#wake());
		document.addEventListener("visibilitychange", () => this.#wake());
	}

	start() {
		this.#stopped = false;
		this.#open();
	}

	stop() {
		this.#stopped = true;
		this.#drop();
	}

	// Send an object; return whether there was a connection for it.
	send(object) {
		const isOpen = this.#socket?.readyState === WebSocket.OPEN;
		if (isOpen) this.#socket.send(JSON.stringify(object));
		return isOpen;
	}

	// The room answers: the next pause is a short one again.
	settled() {
		this.#failures = 0;
	}

	#open() {
		this.#drop();
		this.#tell.connecting();
		const socket = (this.#socket = new WebSocket(this.#url));
		const on = (name, act) => socket.addEventListener(name, (event) => socket === this.#socket && act(event));
		const heard = () => this.#after(QUIET, () => this.#ask(DEADLINE));
		on("open", () => {
			heard();
			this.#tell.opened();
		});
		on("message", ({ data }) => {
			heard();
			this.#tell.received(JSON.parse(data));
		});
		on("close", ({ code }) => (code === ENDED ? this.#tell.ended() : this.#lost()));
		this.#after(OPENING, () => this.#lost());
	}

	#lost() {
		this.#drop();
		const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
		this.#after(pause * (0.75 + Math.random() / 2), () => this.#open()); // spread: a class does not come at once
		this.#tell.lost();
	}

	#drop() {
		clearTimeout(this.#timer);
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
	}

	#ask(deadline) {
		this.send({ ping: ++this.#asked });
		this.#after(deadline, () => this.#lost());
	}

	#wake() {
		if (this.#stopped || document.hidden) return;
		if (!this.#socket) this.#open();
		else if (this.#socket.readyState === WebSocket.OPEN) this.#ask(AWAKE_DEADLINE);
	}

	#after(milliseconds, act) {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(act, milliseconds);
	}
}
