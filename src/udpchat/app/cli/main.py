"""Runs the command that `sys.argv` names, and reports its errors.

Exit code 0 after success, 1 after a failure, 2 for wrong usage. Every error is one sentence on standard error.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from udpchat.adapters.admin.messages import AdminError
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.operators.lines import OperatorsError
from udpchat.app.cli.admin_command import admin
from udpchat.app.cli.journal.group import journal
from udpchat.app.cli.nodes_command import nodes
from udpchat.app.cli.operator_command import operator
from udpchat.app.cli.printing import echo, print_anything
from udpchat.app.cli.say.command import say
from udpchat.app.cli.server_command import server_command
from udpchat.app.server.serve import OUT_OF_MEMORY

TOOLS: dict[str, click.Command] = {"admin": admin, "journal": journal, "nodes": nodes, "operator": operator, "say": say}


def main() -> None:
    """Run the command line, and exit."""
    arguments = sys.argv[1:]
    print_anything()
    try:
        if (word := "".join(arguments[:1])) in TOOLS:
            TOOLS[word].main(arguments[1:], prog_name=f"udpchat {word}", standalone_mode=False)
        else:
            server_command().main(arguments, prog_name="udpchat", standalone_mode=False)
    except click.UsageError as exc:
        command = exc.ctx.command_path if exc.ctx else "udpchat"
        _exit(f"{exc.format_message().rstrip('.')}. Try: {command} --help", exc.exit_code)
    except click.ClickException as exc:
        _exit(exc.format_message(), exc.exit_code)
    except (AdminError, JournalError, OperatorsError) as exc:
        _exit(str(exc), 1)
    except MemoryError:
        _exit(OUT_OF_MEMORY, 1)
    except OSError as exc:
        _exit(f"cannot write to standard output: {exc.strerror}", 1)


def _exit(sentence: str, code: int) -> NoReturn:
    echo(f"udpchat: {sentence}", err=True)
    sys.exit(code)
