# SPDX-License-Identifier: Apache-2.0
"""What the document tells about members, by name or number."""
import re

from . import errors
from .namespace import as_text, is_text

_number = re.compile(r"[0-9]+\Z")


def _trailing_number(name):
    match = _number.search(name)
    return int(match.group()) if match else 0


class _Members(object):
    def __init__(self, namespace):
        self._namespace = namespace

    def _groups(self):
        return self._namespace.resolve(["nodegroups"])

    def _roles(self, group):
        return [["nodegroups", group, "roles", role] for role in self._children(["nodegroups", group, "roles"])]

    def _children(self, path):
        value = self._find(path)
        return list(value) if isinstance(value, dict) else []

    def _find(self, path):
        try:
            return self._namespace.resolve(path)
        except errors.KeyError:
            return None

    def _strings(self, path):
        value = self._find(path)
        return [item for item in value if is_text(item)] if isinstance(value, list) else []


class Node(_Members):
    """Numbers of members: ids, which never change, and places among all of them, which do."""

    def getNodeIdSelf(self):
        return self._namespace.getWithTokens(["node", "id"])

    def getNodeIdFromFqdn(self, fqdn):
        """Raises Exception where there is no such member."""
        for role in self._every_role():
            mappings = self._find(role + ["fqdn_mappings"])
            if isinstance(mappings, dict) and fqdn in mappings:
                return mappings[fqdn]
        raise Exception("%s: no such member" % fqdn)

    def getNodeIndexSelf(self):
        return self._index(self.getNodeIdSelf())

    def getNodeIndexFromFqdn(self, fqdn):
        """Raises Exception where there is no such member."""
        return self._index(self.getNodeIdFromFqdn(fqdn))

    def _every_role(self):
        return [role for group in self._groups() for role in self._roles(group)]

    def _index(self, own):
        ids = [each for role in self._every_role() for each in self._strings(role + ["node_ids"])]
        ids.sort(key=_trailing_number)
        if own not in ids:
            raise Exception("%s: no member has this id" % own)
        return u"%d" % ids.index(own)


class Nodegroup(_Members):
    """Members of nodegroups, by FQDN."""

    def getNumNodegroups(self):
        return len(self._groups())

    def getLocalGroupHosts(self):
        return self.getNodegroupFqdns(self._namespace.getWithTokens(["node", "nodegroup_id"]))

    def getNodegroupFqdns(self, nodegroup):
        """Of the roles in the document's order, each once. Raises Exception where there is no such nodegroup."""
        nodegroup = as_text(nodegroup)
        if nodegroup not in self._groups():
            raise Exception("no nodegroup %s" % nodegroup)
        return self._fqdns([nodegroup])

    def getClusterFqdns(self):
        return self._fqdns(self._groups())

    def _fqdns(self, groups):
        found = []
        for role in [role for group in groups for role in self._roles(group)]:
            found.extend(fqdn for fqdn in self._strings(role + ["fqdns"]) if fqdn not in found)
        return found
