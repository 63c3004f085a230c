"""What the class takes of the machine, looked at from outside every few seconds: memory and sockets."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import psutil

from .hub import Hub

EVERY = 2.0  # seconds
Part = Literal["hub", "server", "kernel", "judge", "other"]


@dataclass
class Weights:
    """Bytes (PSS: memory that several processes share is divided among them) at each look."""

    parts: dict[Part, list[int]] = field(default_factory=lambda: defaultdict(list))  # of one process each
    learners: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )  # all of one's processes
    whole: list[int] = field(default_factory=list)  # the whole class
    abroad: set[str] = field(default_factory=set)  # addresses listened on that are not loopback


async def watch(hub: Hub, weights: Weights) -> None:
    """Look until cancelled."""
    while True:
        await asyncio.to_thread(look, hub, weights)
        await asyncio.sleep(EVERY)


def look(hub: Hub, weights: Weights) -> None:
    """Weigh each process of the class once, and list what it listens on."""
    learners: dict[str, int] = defaultdict(int)
    whole = of_the_hub = 0
    for process in hub.members():
        try:
            with process.oneshot():
                part, learner = part_of(process.cmdline()), process.environ().get("JUPYTERHUB_USER", "")
            size = weight(process)
            weights.abroad.update(beyond_loopback(process))
        except psutil.Error:  # it has just ended
            continue
        whole += size
        if learner:
            learners[learner] += size
            weights.parts[part].append(size)
        else:
            of_the_hub += size
    weights.parts["hub"].append(of_the_hub)
    weights.whole.append(whole)
    for learner, size in learners.items():
        weights.learners[learner].append(size)


def part_of(command: list[str]) -> Part:
    """What a learner's process is, by its command."""
    if "ipykernel_launcher" in command:
        return "kernel"
    if any("singleuser" in word for word in command):
        return "server"
    return "judge" if "asynclab.judge" in command else "other"


def weight(process: psutil.Process) -> int:
    """Bytes of one process. Only Linux knows how memory is shared; elsewhere what is its own."""
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.uss))


def beyond_loopback(process: psutil.Process) -> Iterator[str]:
    """Each address that the process listens on and another machine could reach."""
    for one in process.net_connections("inet"):
        if one.status == psutil.CONN_LISTEN and not ipaddress.ip_address(one.laddr.ip).is_loopback:
            yield f"{' '.join(process.cmdline()[:4])} listens on {one.laddr.ip}:{one.laddr.port}"
