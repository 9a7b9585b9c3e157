# Runs a program on a terminal: terminal.py PROGRAM KEYS...; types each KEYS once the program is waiting at its prompt
# or has been silent for a while; prints what the screen got.
import os
import pty
import select
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:2])


def read(seconds):
    got = b""
    while select.select([terminal], [], [], seconds)[0]:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            break
        if not chunk:
            break
        got += chunk
        seconds = 0.5
    return got


screen = read(10)
for keys in sys.argv[2:]:
    os.write(terminal, keys.encode())
    screen += read(2)
os.waitpid(pid, 0)
sys.stdout.write(screen.decode())
