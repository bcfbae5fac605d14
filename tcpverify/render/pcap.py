"""Traces as packet captures that Wireshark opens: pcap, raw IPv4, checksums right.

The format is that of draft-ietf-opsawg-pcap (magic number 0xa1b2c3d4, big-endian, microseconds) with
LINKTYPE_RAW (101): each packet begins with its IPv4 header (RFC 791). Endpoints are 192.0.2.1, 192.0.2.2, ...
(RFC 5737), ports 49152 and on. The capture sees every segment when it is put into the network.
"""

from __future__ import annotations

import struct

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.ir.system import ActionKind
from tcpverify.render.packets import Packet, packets
from tcpverify.trace import Trace

LINKTYPE_RAW = 101
MOST_ENDPOINTS = 254
FIRST_PORT = 49_152
TCP = 6
MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}


def pcap(trace: Trace) -> bytes:
    """A trace as a pcap file. Raises ModelError if a segment is none of TCP."""
    if len(trace.system.endpoints) > MOST_ENDPOINTS:
        raise ModelError([Diagnostic(Code.BAD_OPTION, f"a capture has {MOST_ENDPOINTS} endpoints at most")])
    data = struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, LINKTYPE_RAW)
    for number, packet in enumerate(packets(trace)):
        frame = ip(packet, number)
        seconds, micros = divmod(moment(trace, packet.step), 1_000_000)
        data += struct.pack(">IIII", seconds & 0xFFFFFFFF, micros, len(frame), len(frame)) + frame
    return data


def moment(trace: Trace, step: int) -> int:
    """When a step is, in microseconds: of a timed system the ticks before it (of one second, if the spec does
    not say how long one is) and one microsecond a step; of others one millisecond a step."""
    if not trace.system.timed:
        return step * 1_000
    ticks = sum(s.action.kind is ActionKind.TICK for s in trace.steps[:step])
    count, unit = trace.system.tick or (1, "s")
    return ticks * count * MICROSECONDS[unit] + step


def ip(packet: Packet, number: int) -> bytes:
    """A packet as IPv4 with its TCP header and data; `number` is its identification."""
    source, target = (bytes((192, 0, 2, 1 + end)) for end in (packet.source, packet.target))
    ports = FIRST_PORT + packet.source, FIRST_PORT + packet.target
    body = bytes(packet.length)
    fields = (
        *ports,
        packet.seq,
        packet.ack if packet.flags & 0x10 else 0,
        5 << 4,
        packet.flags,
        packet.window,
    )
    length = 20 + len(body)
    pseudo = source + target + struct.pack(">BBH", 0, TCP, length)
    bare = struct.pack(">HHIIBBHHH", *fields, 0, 0)
    segment = struct.pack(">HHIIBBHHH", *fields, checksum(pseudo + bare + body), 0) + body
    words = (0x45, 0, 20 + length, number & 0xFFFF, 0x4000, 64, TCP)
    head = struct.pack(">BBHHHBBH4s4s", *words, 0, source, target)
    return struct.pack(">BBHHHBBH4s4s", *words, checksum(head), source, target) + segment


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
