"""Carries Ethernet frames between interfaces, each frame SECONDS later, as netem does where a kernel has it.

    python3 benchmarks/cluster_delay.py SECONDS INTERFACE...
"""

import collections
import select
import socket
import sys
import time

ALL_PROTOCOLS = 3
OUTGOING = 4
RECEIVE_BUFFER_FORCE = 33


def opened(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    s.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, 1 << 26)
    s.bind((interface, 0))
    s.setblocking(False)
    return s


def received(s):
    while True:
        try:
            frame, address = s.recvfrom(1 << 16)
        except BlockingIOError:
            return
        if address[2] != OUTGOING:
            yield frame


def carry(delay, interfaces):
    sockets = {s.fileno(): s for s in map(opened, interfaces)}
    home = {}  # of an address: the socket that it was seen at
    waiting = collections.deque()
    poll = select.epoll()
    for number in sockets:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll(max(0, waiting[0][0] - time.monotonic()) if waiting else None):
            due = time.monotonic() + delay
            for frame in received(sockets[number]):
                home[frame[6:12]] = number
                to = home.get(frame[:6])
                waiting.append((due, [to] if to is not None else [n for n in sockets if n != number], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, to, frame = waiting.popleft()
            for number in to:
                try:
                    sockets[number].send(frame)
                except (BlockingIOError, OSError):
                    pass  # a full queue loses frames, as a wire's does


carry(float(sys.argv[1]), sys.argv[2:])
