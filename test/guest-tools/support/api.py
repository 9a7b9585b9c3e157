# Asks the Python API of configcli what standard input says (a JSON list of [method, argument...]); prints the answers
# as a JSON list: {"value": ...}, {"error": class}, {"exit": status}.
import io
import json
import os
import sys

sys.dont_write_bytecode = True
import configcli
from bd_vlib import BDVLIB_ConfigMetadata, BDVLIB_ServiceWait, BDVLIB_TokenWait, BDVLIB_TokenWake
from bdmacro import BDMacroNode
import bd_vlib3
import configcli3
from configcli import ConfigCli

cli = ConfigCli()
namespace = cli.getCommandObject("namespace")
macro = cli.getCommandObject("macro")
things = {
    "cli": cli,
    "namespace": namespace,
    "node": macro.getSubcommandObject("node"),
    "nodegroup": macro.getSubcommandObject("nodegroup"),
    "bd_vlib": BDVLIB_ConfigMetadata(),
    "bd_vlib3": bd_vlib3.BDVLIB_ConfigMetadata(),
    "bdmacro": BDMacroNode(),
    "configcli3": configcli3.ConfigCli(shell=False),
}
functions = {
    "BDVLIB_ServiceWait": BDVLIB_ServiceWait,
    "BDVLIB_TokenWait": BDVLIB_TokenWait,
    "BDVLIB_TokenWake": BDVLIB_TokenWake,
    "version": lambda: configcli.__version__,
    "commands": lambda: [name for name in ("namespace", "macro", "ccli", "baseimg", "x") if cli.getCommandObject(name)],
    "subcommands": lambda: [macro.getSubcommandObject("x"), namespace.getSubcommandObject("x")],
    "subcommand": lambda name, key: namespace.getSubcommandObject(name).getValue(key),
    "data": lambda: namespace.jsonData,
    "sorted": lambda key: sorted(namespace.getValue(key)),
    "is KeyError": lambda: [issubclass(configcli.errors.KeyError, kind) for kind in (KeyError, Exception)],
}


def ask(method, *arguments):
    thing, _, name = method.partition(".")
    try:
        return {"value": (getattr(things[thing], name) if name else functions[thing])(*arguments)}
    except SystemExit as error:
        return {"exit": error.code}
    except Exception as error:
        return {"error": type(error).__module__.split(".")[0] + "." + type(error).__name__, "text": str(error)}


with io.open(sys.argv[1], encoding="utf-8") as stream:
    questions = json.load(stream)
sys.stderr = open(os.devnull, "w")
print(json.dumps([ask(*question) for question in questions]))
