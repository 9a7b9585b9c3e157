# SPDX-License-Identifier: Apache-2.0
"""Reads /etc/guestconfig/configmeta.json for setup packages: the program configcli, from Python (2.7, and from 3.6 on)."""
import sys

from . import errors
from .document import base_image_version
from .instruction import run, split_words
from .macro import Node, Nodegroup
from .namespace import Namespace, process_result

__all__ = ["ConfigCli", "errors"]
__version__ = "1.0"


class _Group(object):
    """A command that has but subcommands."""

    def __init__(self, **subcommands):
        self._subcommands = subcommands

    def getSubcommandObject(self, name):
        """None where there is none."""
        return self._subcommands.get(name)


class _Version(object):
    def __init__(self, get):
        self.getVersion = get


class ConfigCli(object):
    """The document is read now, and not again. shell is taken for the sake of older callers."""

    def __init__(self, shell=False):
        self._commands = {
            "namespace": Namespace(),
            "ccli": _Group(version=_Version(lambda: __version__)),
            "baseimg": _Group(version=_Version(base_image_version)),
        }
        namespace = self._commands["namespace"]
        self._commands["macro"] = _Group(node=Node(namespace), nodegroup=Nodegroup(namespace))

    def getCommandObject(self, name):
        """namespace, macro, ccli or baseimg; None for any other."""
        return self._commands.get(name)

    def onecmd(self, line):
        """What configcli prints for this instruction, without the newline; None for an unknown one.

        Raises errors.KeyError where a key is absent, SystemExit for words that the instruction does not take.
        """
        try:
            result = run(self, split_words(line))
        except errors.ArgumentParseError as error:
            sys.stderr.write("configcli: %s\n" % error)
            raise SystemExit(error.status)
        return None if result is NotImplemented else process_result(result)

    def process_result(self, value):
        """The printed form of a value. Raises errors.UnknownValueType where it has none."""
        return process_result(value)
