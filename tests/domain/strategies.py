"""Hypothesis strategies for the text and the bytes that strangers send."""

from __future__ import annotations

from hypothesis import strategies as st

# Each has been used to attack a terminal, a chat or a reader.
NASTY = [
    "\x00",
    "\x07",
    "\x08",
    "\r",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b[A",
    "\x1b[1;5D",
    "\x1b[[A",
    "\x1bOP",
    "\x1b(B",
    "\x1b]8;;http://example.org\x1b\\",
    "\x1bP1$r0m",
    "\x1b\\",
    "\x1b",
    "\u009d0;title\u009c",
    "\u0090q",
    "\u008f",
    "\x18",
    "\x7f",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1f",
    "\u0085",
    "\u009b31m",
    "\u00ad",
    "\u061c",
    "\u115f",
    "\u180e",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2069",
    "\u3164",
    "\ufe0f",
    "\ufeff",
    "\ufff9",
    "\U000e0041",
    "\U000e0100",
    "server: ",
    "you have been disconnected.",
    "\n",
    "\r\n",
    "\t",
    " ",
    "/nick ",
    "/quit",
    "/list",
    "//",
    "\N{GRINNING FACE}",
    "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}",
    "e\u0301",
]

text = st.one_of(
    st.text(),
    st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=5)), max_size=30).map("".join),
)
payloads = st.one_of(
    st.binary(max_size=300),
    st.tuples(text, st.sampled_from(["utf-16-le", "utf-16-be"]), st.binary(max_size=1)).map(
        lambda sent: f"\ufeff{sent[0]}".encode(sent[1], errors="surrogatepass") + sent[2]
    ),
    text.map(lambda said: said.encode(errors="surrogatepass")),
    st.tuples(
        st.sampled_from([b"\n", b"\r\n", b"\r"]),
        st.lists(st.one_of(text.map(lambda said: said.encode(errors="replace")), st.binary(max_size=20)), max_size=8),
    ).map(lambda sent: sent[0].join(sent[1])),
)
