# SPDX-License-Identifier: Apache-2.0
"""Reading configmeta.json."""
import io
import json
import os
import time
from collections import OrderedDict

try:
    from configparser import Error, RawConfigParser
except ImportError:  # Python 2
    from ConfigParser import Error, RawConfigParser

#: Seconds until a document that is not whole is read once more: somebody may be writing it.
PAUSE = 0.2


def rooted(path):
    """The path, below KD_GUEST_ROOT where that is set."""
    return os.environ.get("KD_GUEST_ROOT", "") + path


def document_path():
    """Where the document is, by configcli.conf or by custom."""
    settings = RawConfigParser()
    try:
        settings.read(rooted("/etc/guestconfig/configcli.conf"))
        return rooted(settings.get("configcli", "configmeta"))
    except (Error, ValueError):
        return rooted("/etc/guestconfig/configmeta.json")


def _parse(path):
    with io.open(path, encoding="utf-8") as stream:
        document = json.load(stream, object_pairs_hook=OrderedDict)
    if not isinstance(document, dict):
        raise ValueError("not a map")
    return document


def read_document():
    """The document and None, or None and what is wrong with it."""
    path = document_path()
    try:
        try:
            return _parse(path), None
        except ValueError:
            time.sleep(PAUSE)
            return _parse(path), None
    except ValueError:
        return None, "%s: not JSON" % path
    except EnvironmentError as error:
        return None, "%s: %s" % (path, error.strerror)


def base_image_version():
    """First line of base_img_version; empty where there is none."""
    try:
        with io.open(rooted("/etc/guestconfig/base_img_version"), encoding="utf-8") as stream:
            return stream.readline().rstrip("\n")
    except EnvironmentError:
        return u""
