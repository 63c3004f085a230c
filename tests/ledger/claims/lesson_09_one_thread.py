"""Two threads compute, and Python is told to let neither be interrupted: do they ever take turns?"""

import sys
import threading

from ..declare import yes

CLAIM = "Python runs one thread of a process at a time."
SAID = {"lesson 09": "Python runs one thread of a process at a time."}
VERDICT = "True of the usual Python. Since 3.13 there is another build, without the lock (not tried here)."

EXPECTED = {"Python from 3.8": yes({"steps": 200_000, "turns": 2})}
STEPS = 100_000


def observe():
    sys.setswitchinterval(60)  # seconds, where 0.005 is usual
    begin, steps = threading.Barrier(2), []

    def compute(name):
        begin.wait()
        for _ in range(STEPS):
            steps.append(name)

    threads = [threading.Thread(target=compute, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"steps": len(steps), "turns": 1 + sum(one != next for one, next in zip(steps, steps[1:]))}
