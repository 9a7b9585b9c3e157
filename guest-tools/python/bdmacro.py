# SPDX-License-Identifier: Apache-2.0
"""The macros of configcli under the name by which older packages import them."""
from configcli.macro import Node
from configcli.namespace import Namespace

__all__ = ["BDMacroNode"]


class BDMacroNode(Node):
    """The document is read now, and not again."""

    def __init__(self):
        Node.__init__(self, Namespace())
