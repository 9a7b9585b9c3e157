"""alive.py HOST: whether the master's page, on standard input as JSON, has a living worker of this name."""

import json
import sys

workers = json.load(sys.stdin)["workers"]
sys.exit(not any(w["host"] == sys.argv[1] and w["state"] == "ALIVE" for w in workers))
