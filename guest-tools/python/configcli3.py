# SPDX-License-Identifier: Apache-2.0
"""configcli under the name by which some packages import it."""
from configcli import ConfigCli, __version__, errors

__all__ = ["ConfigCli", "errors", "__version__"]
