"""The command `prudent`: loads one subcommand, and turns every ending into the right exit code.

Exit codes: 0 nothing at or above --fail-on, 1 findings at or above it, 2 bad usage or input (one line on
standard error), 3 internal error or not checked, 130 interrupted.
"""

from __future__ import annotations

import difflib
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

import click

from kb.errors import PrudentError, UserError
from kb.view import shown

OK, FINDINGS, USAGE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 130

# name -> (module with `command`, one line of help); a module is imported only when its command is used
COMMANDS = {
    "review": ("bot.cli.review", "Review a range, a patch, or what is not committed yet."),
    "history": ("bot.cli.history", "What was decided before, and what became of it."),
    "memory": ("bot.cli.memory", "What was learnt from people: list, forget, export, import."),
    "index": ("bot.cli.index", "Build the graph of the repository, or mirror it to Neo4j."),
    "graph": ("bot.cli.graph", "Who calls, imports, inherits or is touched by what."),
    "risk": ("bot.cli.risk", "How risky a change is, by what needed a fix before: train, show."),
    "models": ("bot.cli.models", "Models that suggest patches: list, pull, use, bench, verify."),
    "fix": ("bot.cli.fix", "A proven patch for a finding or a place: shown, written, taken back."),
    "mask": ("bot.cli.mask", "Where a file can be opened for a patch, and what it looks like then."),
    "constraints": ("bot.cli.constraints", "What the code around a place demands of what is written there."),
    "explain": ("bot.cli.explain", "What a check finds, why, when it stays silent, with examples."),
    "checks": ("bot.cli.checks", "List every check."),
    "doctor": ("bot.cli.doctor", "What is installed, what is missing, and how to get it."),
    "setup": ("bot.cli.setup", "Register a GitHub App of your own, and write its key and settings."),
    "serve": ("bot.cli.serve", "Run the GitHub App."),
    "replay": ("bot.cli.replay", "Print the event that a saved webhook delivery is cut to."),
    "eval": ("bot.cli.evaluate", "Measure the local model: what it writes, ranks and mends."),
    "export": ("bot.cli.export", "Write the outcomes store as JSON Lines."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, 1)
            advice = f"did you mean {near[0]}?" if near else "see prudent --help"
            raise UserError(f"no such command: {cmd_name}; {advice}")
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="prudent", message="prudent %(version)s")
def program() -> None:
    """Review a change to a git repository: right, or silent."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        # not program.main(): it writes a line of its own to standard error when interrupted
        with program.make_context("prudent", list(sys.argv[1:] if argv is None else argv)) as context:
            result = program.invoke(context)
        sys.stdout.flush()
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _said("interrupted", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return USAGE
    except click.ClickException as error:
        return _said(error.format_message(), USAGE)
    except UserError as error:
        return _said(str(error), USAGE)
    except PrudentError as error:
        return _said(str(error), INTERNAL)
    except BrokenPipeError:
        # Whoever read our output has gone: say nothing, and keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # the outermost edge: anything that arrives here is a bug, and must say so
        return _bug(error)
    finally:
        _stop_engines()
        if argv is None:  # the process ends now
            threading.Thread(target=_stop_late_engines, daemon=True).start()


def _terminated(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


def _stop_engines() -> None:
    """End engines that are still running; nothing is imported for it if none was started."""
    isolation = sys.modules.get("checks.static.isolation")
    if isolation is not None:
        isolation.kill_running()


def _stop_late_engines() -> None:
    """End engines that a thread starts while Python waits for its threads to end: it would wait for them too."""
    while True:
        _stop_engines()
        time.sleep(0.05)


def _said(message: str, code: int) -> int:
    print(f"prudent: {shown(' '.join(message.split()))}", file=sys.stderr)
    return code


def _bug(error: Exception) -> int:
    import traceback

    from bot.cli.crash import write_crash_report

    place = write_crash_report("".join(traceback.format_exception(error)))
    return _said(f"internal error: {type(error).__name__}: {error}; the details are in {place}", INTERNAL)


if __name__ == "__main__":
    raise SystemExit(main())
