// Which log is shown, and that it stays at its end while one reads there.

import { $ } from "./text.js";

const NEAR = 40; // pixels from the end that count as the end

const scroller = $("scroller");
const jump = $("jump");
let isAtEnd = true;

export function toEnd() {
	scroller.scrollTop = scroller.scrollHeight;
	isAtEnd = true;
	jump.hidden = true;
}

export function show(log) {
	scroller.replaceChildren(log.element);
	toEnd();
}

// Stay at the end after lines were added, or say that there are some below.
export function follow(isNews) {
	if (isAtEnd) toEnd();
	else if (isNews) jump.hidden = false;
}

export function watchScrolling() {
	let height = 0;
	scroller.onscroll = () => {
		if (scroller.clientHeight !== height) return; // a keyboard came or went, nobody has scrolled
		isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
		if (isAtEnd) jump.hidden = true;
	};
	jump.onclick = toEnd;
	new ResizeObserver(() => {
		height = scroller.clientHeight;
		if (isAtEnd) toEnd();
	}).observe(scroller);
	// Safari leaves the layout as it is when its keyboard comes, and tells the page alone what is visible.
	window.visualViewport?.addEventListener("resize", () => {
		document.documentElement.style.setProperty("--height", `${window.visualViewport.height}px`);
		window.scrollTo(0, 0);
	});
}
