"""A bot that answers "ping" with "pong", and misses no line whatever the network loses: bot.py [HOST [PORT]]."""

import json
import socket
import sys
import time

host, port = [*sys.argv[1:], *["localhost", "12000"][len(sys.argv) - 1 :]]
server = socket.socket(socket.getaddrinfo(host, port)[0][0], socket.SOCK_DGRAM)
server.connect((host, int(port)))
server.settimeout(0.1)
hello, log, last, number, answers, due = {"hello": {"v": 1, "nick": "ponger"}}, "", 0, 0, {}, 0.0


def send(*objects):
    server.send(b"".join(b"\x1e%b\n" % json.dumps(each).encode() for each in objects))


while True:
    try:
        if time.monotonic() > due:  # say again what has no outcome, and ask for what came after the last event
            send(*answers.values(), {"since": {"lobby": last}, "log": log}) if log else send(hello)
            due = time.monotonic() + 0.5
        events = [json.loads(text) for text in server.recv(65536).split(b"\x1e")[1:]]
    except OSError:  # nothing came, or there is no server now
        continue
    for event in events:
        if event["event"] == "code-asked":
            send({"hello": {**hello["hello"], "enter": event["code"]}})
        elif event["event"] == "welcome" and event["log"] != log:
            log, last = event["log"], event["rooms"][0]["seq"]
        elif event["event"] in {"done", "error"} and event.get("code") not in {"slow-down", "room-unreachable"}:
            answers.pop(event.get("id"), None)
        elif event["event"] == "gap":
            last = event["to"]
        elif event.get("seq") == last + 1:  # others are known already, or come again in their order
            last += 1
            if event["event"] == "said" and event["text"] == "ping":
                send(answers.setdefault(number := number + 1, {"line": "pong", "id": number}))
