# SPDX-License-Identifier: Apache-2.0
"""Instructions: what follows the options of the program configcli."""
from . import errors

#: Option, method, whether it takes a value; of several the first here runs.
_node = (
    ("get_self_index", "getNodeIndexSelf", False),
    ("get_self_id", "getNodeIdSelf", False),
    ("get_index", "getNodeIndexFromFqdn", True),
    ("get_id", "getNodeIdFromFqdn", True),
)
_nodegroup = (
    ("num_nodegroups", "getNumNodegroups", False),
    ("get_local_group_fqdns", "getLocalGroupHosts", False),
    ("get_nodegroup_fqdns", "getNodegroupFqdns", True),
    ("get_all_fqdns", "getClusterFqdns", False),
)


def split_words(line):
    """Words parted by white space; one that begins with a quote goes on to the next that ends in one."""
    words, quoted = [], []
    for piece in line.split():
        if not quoted and not piece.startswith('"'):
            words.append(piece)
            continue
        quoted.append(piece)
        word = " ".join(quoted)
        if len(word) > 1 and word.endswith('"'):
            words.append(word[1:-1])
            quoted = []
    return words + quoted


def run(cli, words):
    """The value that the instruction gives, NotImplemented for an unknown one.

    Raises errors.ArgumentParseError, errors.KeyError; Exception for a member or nodegroup that is not there.
    """
    command, rest = (words[0], words[1:]) if words else ("", [])
    if not words:
        return u""
    if command == "exit":
        raise SystemExit(0)
    if command == "help" or "-h" in rest or "--help" in rest:
        return u"see configcli --help"
    if command == "namespace":
        return _namespace(cli, rest)
    if command == "macro":
        return _macro(cli, rest)
    if command in ("ccli", "baseimg"):
        if rest != ["version"]:
            raise errors.ArgumentParseError("%s: error: version is all that can be asked for" % command)
        return cli.getCommandObject(command).getSubcommandObject("version").getVersion()
    return NotImplemented


def _namespace(cli, words):
    if not 1 <= len(words) <= 2:
        raise errors.ArgumentParseError("namespace: error: a root is needed, and one KEY at most")
    return cli.getCommandObject("namespace").lookup(*words)


def _macro(cli, words):
    kind = words[0] if words else ""
    options = {"node": _node, "nodegroup": _nodegroup}.get(kind)
    if options is None:
        raise errors.ArgumentParseError("macro: error: node or nodegroup is needed")
    given = _parse(options, words[1:])
    for name, method, _ in options:
        if name in given:
            return getattr(cli.getCommandObject("macro").getSubcommandObject(kind), method)(*given[name])
    raise errors.ArgumentParseError(
        "macro %s: error: one of %s is needed" % (kind, ", ".join("--" + option[0] for option in options)), 2
    )


def _parse(options, words):
    """The arguments given to each option. A name may be shortened to a unique beginning."""
    given, words = {}, list(words)
    while words:
        name, equals, value = words.pop(0).partition("=")
        matches = [option for option in options if ("--" + option[0]).startswith(name)]
        exact = [option for option in matches if "--" + option[0] == name]
        if len(name) < 3 or len(exact or matches) != 1:
            raise errors.ArgumentParseError("error: no such option, or an ambiguous one: %s" % name)
        full, _, takes_value = (exact or matches)[0]
        if takes_value and not equals:
            if not words:
                raise errors.ArgumentParseError("error: option --%s needs a value" % full)
            value = words.pop(0)
        elif equals and not takes_value:
            raise errors.ArgumentParseError("error: option --%s takes no value" % full)
        given[full] = (value,) if takes_value else ()
    return given
