# SPDX-License-Identifier: Apache-2.0
"""configcli under the names by which older packages import it."""
import socket
import time

from configcli.macro import Nodegroup
from configcli.namespace import Namespace, is_list_of_maps, is_text, process_result

__all__ = ["BDVLIB_ConfigMetadata", "BDVLIB_ServiceWait", "BDVLIB_TokenWait", "BDVLIB_TokenWake"]

#: Seconds.
_timeout, _attempt, _pause = 3600, 3, 1


class BDVLIB_ConfigMetadata(Namespace):
    """The document is read now, and not again."""

    def getWithTokens(self, tokens):
        """As configcli's, but a list of maps as it is. Raises configcli.errors.KeyError."""
        value = self.resolve(tokens)
        return value if is_list_of_maps(value) else Namespace.getWithTokens(self, tokens)

    def get(self, key):
        """The printed form of the value of a dotted key. Raises configcli.errors.KeyError."""
        return process_result(self.resolve(key.split(".")))

    def getLocalGroupHosts(self):
        return Nodegroup(self).getLocalGroupHosts()

    def getClusterHostsFQDN(self):
        return Nodegroup(self).getClusterFqdns()

    def getNodeGroupFQDN(self, nodegroup):
        return Nodegroup(self).getNodegroupFqdns(nodegroup)

    def getNumNodegroups(self):
        return Nodegroup(self).getNumNodegroups()


def BDVLIB_ServiceWait(listOfServiceKeys, timeoutSec=_timeout):
    """Waits until every endpoint below each of the keys (token lists) accepts connections; 0, or 1 when time is over.

    Raises configcli.errors.KeyError where a key is absent.
    """
    metadata = BDVLIB_ConfigMetadata()
    deadline = time.time() + timeoutSec
    for tokens in listOfServiceKeys:
        for host, port in _endpoints(metadata, list(tokens)):
            while not _accepts(host, port):
                if time.time() >= deadline:
                    return 1
                time.sleep(_pause)
    return 0


def _endpoints(metadata, tokens):
    value = metadata.resolve(tokens)
    values = [value] if isinstance(value, list) else []
    values.extend(metadata.resolve(path) for path in metadata.searchForToken(tokens, "endpoints"))
    for endpoint in [item for value in values if isinstance(value, list) for item in value if is_text(item)]:
        host, _, port = endpoint.partition("://")[2].partition("/")[0].rpartition(":")
        if host and port.isdigit():
            yield host.strip("[]"), int(port)


def _accepts(host, port):
    try:
        socket.create_connection((host, port), _attempt).close()
        return True
    except (EnvironmentError, socket.error):
        return False


def BDVLIB_TokenWait(tokenID, fqdn, timeoutSec=_timeout):
    """There are no tokens: 0 at once."""
    return 0


def BDVLIB_TokenWake(tokenID, status="ok"):
    """There are no tokens: 0, without effect."""
    return 0
