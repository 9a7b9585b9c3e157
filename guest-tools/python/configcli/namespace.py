# SPDX-License-Identifier: Apache-2.0
"""Walking the document. The program configcli walks in the same way."""
import re
from collections import OrderedDict, deque

from . import errors
from .document import read_document

text = type(u"")
#: First words of a key on the command line.
ROOTS = ("node", "version", "cluster", "distros", "services", "tenant", "auth", "platform", "connections", "nodegroups")
REFERENCE = "bdvlibrefkey"
#: References that one walk may follow: any more, and they go in circles.
MAX_HOPS = 100

_absent = object()
_index = re.compile(r"(0|[1-9][0-9]{0,8})\Z")


def is_text(value):
    return isinstance(value, (str, text))


def as_text(token):
    """A name as the document has names."""
    if isinstance(token, bytes):
        return token.decode("utf-8")
    return token if is_text(token) else text(token)


def is_list_of_maps(value):
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def merged(items):
    """One map of all the maps, the last one winning."""
    result = OrderedDict()
    for item in items:
        result.update(item)
    return result


def process_result(value):
    """The value as configcli prints it.

    Raises UnknownValueType for a number with a fraction, and for a list of anything but strings or maps.
    """
    if is_list_of_maps(value):
        value = merged(value)
    if isinstance(value, dict):
        value = list(value)
    if value is None:
        return u""
    if value is True or value is False:
        return u"true" if value else u"false"
    if is_text(value):
        return value
    if isinstance(value, list) and all(is_text(item) for item in value):
        return u",".join(value)
    if not isinstance(value, (float, list)):
        return u"%d" % value
    raise errors.UnknownValueType("a value that has no printed form")


class _Walk(object):
    """One look-up: counts references, and keeps what was first in its way."""

    def __init__(self, document):
        self.document = document
        self.hops = 0
        self.problem = None

    def go(self, value, tokens):
        """The value that the tokens lead to, or _absent."""
        if tokens and is_list_of_maps(value):
            found = self._in_map(merged(value), tokens, value)
        elif isinstance(value, dict):
            found = self._in_map(value, tokens, None)
        elif not tokens:
            return value
        else:
            found = _absent
        if found is _absent and self.problem is None:
            self.problem = self._explain(value)
        return found

    def _in_map(self, members, tokens, items):
        for count in range(1, len(tokens) + 1):
            name = u".".join(tokens[:count])
            if name and name in members:
                found = self.go(members[name], tokens[count:])
                if found is not _absent:
                    return found
            if count == 1 and items and _index.match(name) and int(name) < len(items):
                found = self.go(items[int(name)], tokens[1:])
                if found is not _absent:
                    return found
        target = members.get(REFERENCE)
        if isinstance(target, list) and all(is_text(item) for item in target):
            self.hops += 1
            if self.hops > MAX_HOPS:
                self.problem = "references that go in circles"
                return _absent
            return self.go(self.document, target + tokens)
        return _absent if tokens else members

    @staticmethod
    def _explain(value):
        if is_list_of_maps(value):
            value = merged(value)
        if not isinstance(value, dict):
            return "no such key (there are no keys below)"
        names = list(value)
        return u"no such key (have: %s%s)" % (u", ".join(names[:20]), u", ..." if len(names) > 20 else "")


class Namespace(object):
    """The document. It is read once, now; that it cannot be is told by the first look-up."""

    def __init__(self):
        self.jsonData, self._problem = read_document()

    def resolve(self, tokens):
        """The value that the tokens lead to, as it is in the document. Raises errors.KeyError."""
        if self.jsonData is None:
            raise errors.KeyError(self._problem)
        tokens = [as_text(token) for token in tokens]
        walk = _Walk(self.jsonData)
        found = walk.go(self.jsonData, tokens)
        if found is _absent:
            raise errors.KeyError(u".".join(tokens), walk.problem)
        return found

    def getWithTokens(self, tokens):
        """A string, boolean, integer or None; a list; of a map, or of a list of maps, the list of its keys.

        A token is a name, an index of a list of maps, or the beginning of a name with dots. Raises errors.KeyError.
        """
        value = self.resolve(tokens)
        if is_list_of_maps(value):
            value = merged(value)
        return list(value) if isinstance(value, (dict, list)) else value

    def getValue(self, key):
        """As getWithTokens, of a key whose tokens are joined by dots."""
        return self.getWithTokens(key.split("."))

    def searchForToken(self, start, name):
        """Token lists of all members of this name below start (a dotted key, or tokens), the nearest first.

        Goes through maps and references, but not below a match. Empty where there is none, or no start.
        """
        path = start.split(".") if is_text(start) else list(start)
        try:
            queue = deque([(path, self.resolve(path), ())])
        except errors.KeyError:
            return []
        found = []
        while queue:
            path, value, above = queue.popleft()
            value = _Walk(self.jsonData).go(value, [])
            if not isinstance(value, dict) or id(value) in above:
                continue
            for key, member in value.items():
                if key == name:
                    found.append(path + [key])
                else:
                    queue.append((path + [key], member, above + (id(value),)))
        return found

    def lookup(self, root, key=None):
        """As the instruction "namespace ROOT [KEY]" and --get ROOT.KEY have it."""
        if root == "namespaces" and key is None:
            present = self.resolve([])
            return [name for name in present if name in ROOTS]
        if root not in ROOTS:
            raise errors.ArgumentParseError("namespace: error: %s is none of %s" % (root, " ".join(ROOTS)))
        # Whatever follows "version": so it has always been.
        return self.resolve([root] if key is None or root == "version" else [root] + key.split("."))

    def getSubcommandObject(self, name):
        """What answers "namespace NAME"; None where there is no such root."""
        return _Root(self, name) if name in ROOTS else None


class _Root(object):
    def __init__(self, namespace, name):
        self._namespace, self._name = namespace, name

    def getValue(self, key=None):
        """The value of the key below this root, as Namespace.getValue."""
        return self._namespace.getValue(self._name if key is None else self._name + "." + key)
