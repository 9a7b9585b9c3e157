# SPDX-License-Identifier: Apache-2.0
"""Errors of configcli."""

try:
    import builtins
except ImportError:  # Python 2
    import __builtin__ as builtins


class KeyError(builtins.KeyError):
    """No such key in the document, or no document; Python's own KeyError, too."""

    def __str__(self):
        return ": ".join(_native(part) for part in self.args)


def _native(part):
    """A str: bytes on Python 2, text on 3."""
    if isinstance(part, type(u"")) and not isinstance(part, str):
        return part.encode("utf-8")
    return str(part)


class ArgumentParseError(Exception):
    """An instruction with words that it does not take."""

    def __init__(self, message, status=1):
        Exception.__init__(self, message)
        self.status = status


class UnknownValueType(Exception):
    """A value that has no printed form."""
