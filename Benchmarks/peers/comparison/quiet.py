"""Whether other processes use the processors.

Threads that wait actively for each other lose a scheduler's slice of several milliseconds whenever one of them has no
processor, so that medians of a busy machine say nothing about the libraries.
"""
import os
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Of one processor; what a desktop or the measuring itself does in the background stays below.
DISTURBING = 0.1


class Watch:
    """What others use from its making on."""

    def __init__(self, workers):
        self.workers = workers
        self.all, self.own, self.clock = self.busy(), self.used(), os.times().elapsed

    @staticmethod
    def busy():
        """Seconds in which processors were not idle (proc(5)): user, nice, system, irq, softirq, steal."""
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        return sum(int(fields[i]) for i in (0, 1, 2, 5, 6, 7)) / TICKS_A_SECOND

    def used(self):
        """Seconds used by this process, by its children that ended, and by the workers."""
        times = os.times()
        seconds = times.user + times.system + times.children_user + times.children_system
        for process in self.workers:
            # utime and stime; the name before them may hold spaces, but ends with the last parenthesis.
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
        return seconds

    def others(self):
        """How many processors others used on average."""
        elapsed = os.times().elapsed - self.clock
        return max(0.0, (self.busy() - self.all) - (self.used() - self.own)) / elapsed if elapsed > 0 else 0.0
