"""Stories of Python's clients: main.py STORY NAMESPACE OBJECTS, where OBJECTS are an app and a cluster as JSON.

Prints a JSON line for each step. Standard error says what went wrong.
"""

import json
import sys

import with_kr8s
import with_kubernetes


def step(name, value):
    print(json.dumps({"step": name, "value": value}), flush=True)


def pause(what):
    print(json.dumps({"pause": what}), flush=True)
    sys.stdin.readline()


def main():
    stories = {"kubernetes": with_kubernetes.story, "kr8s": with_kr8s.story}
    _, name, namespace, objects = sys.argv
    app, cluster = json.loads(objects)
    stories[name](namespace, app, cluster, step, pause)


main()
