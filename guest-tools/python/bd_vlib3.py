# SPDX-License-Identifier: Apache-2.0
"""bd_vlib under the name by which some packages import it."""
from bd_vlib import *
from bd_vlib import __all__
