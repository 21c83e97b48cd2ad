"""A chat server over UDP in its simplest form: one datagram for each line and recipient.

usage: python one_per_line.py PORT

A client joins by its first datagram. "/help" gets an answer; every other line is sent to everyone.
"""

import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
server.bind(("127.0.0.1", int(sys.argv[1])))
nicknames: dict[tuple[str, int], str] = {}
while True:
    data, address = server.recvfrom(65_535)
    nickname = nicknames.setdefault(address, f"{len(nicknames):05}")
    line = data.decode(errors="replace").strip()
    if line == "/help":
        server.sendto(b"ok\n", address)
        continue
    message = f"{nickname}: {line}\n".encode()
    for client in nicknames:
        server.sendto(message, client)
