"""The `settle` command line (contract.md, Command line).

Holds: commands, their arguments and exit codes; heavy imports stay inside the commands.
Never holds: what is done; that is ``running.py``, ``assets/sealed.py`` and the stages.
Neighbour: ``terminal.py`` for what is printed.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from assets.foundation.errors import Refused, RulesError
from pipelines.streams import plain_streams, tell

if TYPE_CHECKING:
    from assets.foundation.settings import EngineName
    from assets.foundation.store import Home
    from assets.wording import Language

P = ParamSpec("P")
REFUSED, WRONG, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="settle", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Daily settlement for shops that give money back: exact, explainable, never twice.",
    epilog="Example: settle demo data/home && settle run --home data/home --from 2011-10-04 --to 2011-10-17",
)  # fmt: skip
rules_app = typer.Typer(
    no_args_is_help=True,
    help="Rules files: presets to start from, and what is wrong with one.",
    epilog="Example: settle rules show queue-fifo > rules.yaml && settle rules check rules.yaml",
)
app.add_typer(rules_app, name="rules")
payouts_app = typer.Typer(
    no_args_is_help=True,
    help="Payout files: approved by one who did not make them, released once, or cancelled; what became of them.",
    epilog="Example: settle payouts list && settle payouts approve --date 2026-11-20 --by li",
)
app.add_typer(payouts_app, name="payouts")
export_app = typer.Typer(
    no_args_is_help=True,
    help="Sealed days as books for other programs: every entry, opening balances, assertions of what is at the close.",
    epilog="Example: settle export beancount --from 2026-11-01 --to 2026-11-30 --output november.beancount",
)
app.add_typer(export_app, name="export")

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="SETTLE_HOME", help="The home folder.", show_default="data/home")
]
_HOME = Path("data/home")
_LEAST_MEMORY = 100 * 10**6
_LAST_YEAR = 9000  # what is years away must still have a day after
# DuckDB hands an interruption of a statement on as an error of its own that says one of these.
_SIGNS = ("Query interrupted", "KeyboardInterrupt", "DagsterExecutionInterruptedError")


def _day(text: str) -> date:
    from assets.foundation.store import parse_day

    day = parse_day(text)
    if day is None or day.year > _LAST_YEAR:
        raise typer.BadParameter(f"found {text!r}, allowed a date as YYYY-MM-DD")
    return day


def _bytes(text: str) -> int:
    number, unit = text[:-1], {"M": 10**6, "G": 10**9}.get(text[-1:].upper())
    if unit is None or not number.isdecimal() or int(number) * unit < _LEAST_MEMORY:
        raise typer.BadParameter(f"found {text!r}, allowed a whole number with M or G, from 100M")
    return int(number) * unit


def _name(text: str) -> str:
    from assets.release.names import person

    try:
        return person(text)
    except Refused as refused:
        raise typer.BadParameter(str(refused)) from None


def _language(text: str) -> Language:
    if text not in ("en", "zh"):
        raise typer.BadParameter(f"found {text!r}, allowed en or zh")
    return "zh" if text == "zh" else "en"


def _engine(text: str) -> EngineName:
    if text not in ("duckdb", "spark"):
        raise typer.BadParameter(f"found {text!r}, allowed duckdb or spark")
    return "spark" if text == "spark" else "duckdb"


DayOption = Annotated[date, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="The business date.")]
ByOption = Annotated[str, typer.Option("--by", parser=_name, metavar="NAME", help="Your name, for the log.")]
LanguageOption = Annotated[
    Any,
    typer.Option(
        "--lang", parser=_language, metavar="en|zh", help="Language of the report.", show_default="the home's"
    ),
]
EngineOption = Annotated[
    Any,
    typer.Option(
        "--engine", parser=_engine, metavar="duckdb|spark", help="What runs the statements.",
        show_default="the home's, else duckdb",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
FileOption = Annotated[
    list[str] | None, typer.Option("--file", metavar="FILE", help="This file alone; may be repeated.")
]

FirstOption = Annotated[
    date | None,
    typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="First day.", show_default="the first settled day"),
]
LastOption = Annotated[
    date | None,
    typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="Last day.", show_default="the last settled day"),
]
_STANDARD = Path("-")
OutputOption = Annotated[
    Path,
    typer.Option("--output", metavar="FILE|-", help="A file outside the home.", show_default="-, standard output"),
]
ByHolderOption = Annotated[
    bool,
    typer.Option(
        "--by-holder",
        help="An account for each member, merchant and queue. Without it these are summed in control accounts, which is"
        " what books want: thousands of accounts are slow to read, and who has what stands in Settle.",
    ),
]


def _interrupted() -> typer.Exit:
    tell("interrupted: days that are settled stay, the one at work left nothing", err=True)
    return typer.Exit(INTERRUPTED)


def _says_no(command: Callable[P, None]) -> Callable[P, None]:
    """Turn refusals into a sentence on standard error and the exit code of contract.md."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as refused:
            tell(f"refused: {refused}", err=True)
            raise typer.Exit(REFUSED) from None
        except RulesError as fault:
            tell(f"rules: {fault}", err=True)
            raise typer.Exit(WRONG) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            raise _interrupted() from None
        except Exception as defect:
            if any(sign in str(defect) for sign in _SIGNS):
                raise _interrupted() from None
            if os.environ.get("SETTLE_TRACEBACK"):
                raise
            said = (str(defect).splitlines() or [""])[0][:200]
            tell(
                f"internal error: {type(defect).__name__}: {said}\nDays that are settled stay, the one at work left"
                " nothing. This is a defect of Settle; SETTLE_TRACEBACK=1 shows where.",
                err=True,
            )
            raise typer.Exit(REFUSED) from None

    return wrapped


def _home(path: Path) -> Home:
    from assets.foundation.store import Home

    if not path.is_dir():
        raise Refused(f"{path}: no such home; `settle demo DIR` writes a sample one, --home DIR names another")
    return Home(path.resolve())


def _days(day: date | None, first: date | None, last: date | None) -> list[date]:
    from pipelines.running import days_between

    if day and not (first or last):
        return [day]
    if first and last and not day:
        if first > last:
            raise typer.BadParameter(f"--from {first} is after --to {last}")
        return days_between(first, last)
    raise typer.BadParameter("give --date D, or --from A and --to B")


@app.command(epilog="Example: settle run --date 2026-11-20   or: settle run --from 2026-11-01 --to 2026-11-20")
@_says_no
def run(
    day: Annotated[
        date | None, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="Settle this day.")
    ] = None,
    first: Annotated[date | None, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="First day.")] = None,
    last: Annotated[date | None, typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="Last day.")] = None,
    home: HomeOption = _HOME,
    accept_quarantine: Annotated[
        str | None, typer.Option(metavar="REASON", help="Let a day through whose quarantine is over the limit.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For scripts: one JSON object a settled day on standard output, in fen.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            parser=_name, metavar="NAME", show_default="your login", help="Who settles, for the log: not the approver."
        ),
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the engine; all cores if not given.")] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            parser=_bytes,
            metavar="SIZE",
            show_default="three tenths of the machine's",
            help="Memory of the engine, as 800M or 4G; a day that needs more spills to disk.",
        ),
    ] = None,
    lang: LanguageOption = None,
    engine: EngineOption = None,
) -> None:
    """Settle a day, or days in order up to the first that fails. A settled day is left as it is."""
    days = _days(day, first, last)
    if accept_quarantine is not None and (not accept_quarantine.strip() or len(days) > 1):
        raise typer.BadParameter("--accept-quarantine takes a reason and goes with --date: it lets one day through")
    place = _home(home)
    from assets.closing import Closing, closing_of
    from assets.stages import STAGES
    from pipelines.run_view import RunView, closing_table, json_line
    from pipelines.running import Outcome, Runner
    from pipelines.terminal import open_console, silent_console, where_things_are

    console = silent_console() if as_json else open_console()
    warn = functools.partial(tell, err=True)
    settled: list[Closing] = []
    refusal: Refused | None = None
    view = RunView(console, len(days), len(STAGES))
    how: dict[str, Any] = {"threads": threads, "memory": memory, "language": lang, "engine": engine}
    with view, Runner(place, until=days[-1], listener=view.stage, by=by, warn=warn, **how) as runner:
        runner.tell(view.done)

        def ended(outcome: Outcome) -> None:
            settled.append(closing_of(place, outcome.seal))
            view.ends(settled[-1], fresh=outcome.fresh)
            if as_json:
                tell(json_line(settled[-1], view.seconds.get(settled[-1].date)))

        try:
            runner.settle_days(days, accept_quarantine, begins=view.starts, ended=ended)
        except Refused as refused:
            refusal = refused
    if console.is_terminal and settled:
        closing_table(console, settled, view.seconds)
    if settled:
        where_things_are(console, place, days[len(settled) - 1])
    if refusal:
        raise refusal


@app.command(epilog="Example: settle check --date 2026-11-20")
@_says_no
def check(
    day: DayOption,
    home: HomeOption = _HOME,
) -> None:
    """Read and validate a day's exports and show what would be quarantined and why; settles nothing."""
    place = _home(home)
    from pipelines.checking import check_day, show
    from pipelines.terminal import open_console

    result = check_day(place, day)
    show(open_console(), result)
    if result.refusal:
        raise Refused(result.refusal)


@app.command(epilog="Example: settle status --home data/home")
@_says_no
def status(home: HomeOption = _HOME) -> None:
    """Days settled, the head of the chain, exports that wait, payouts in transit by age, debts, what to type next."""
    place = _home(home)
    from pipelines.standing import show_status
    from pipelines.terminal import open_console

    show_status(open_console(), place)


@app.command(epilog="Example: settle verify --home data/home   or: settle verify --date 2026-11-20 --rerun")
@_says_no
def verify(
    day: Annotated[
        date | None, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="Controls of this day alone.")
    ] = None,
    home: HomeOption = _HOME,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Also settle the day, or every day, again in TMPDIR and compare every byte.")
    ] = False,
) -> None:
    """A second opinion on settled days: seals, hashes, balances and every control, by a path of its own."""
    place = _home(home)
    from pipelines.terminal import open_console
    from pipelines.verifying import verify_and_show

    sound = verify_and_show(open_console(), place, day).clean
    if rerun:
        from pipelines.rerunning import rerun_and_show

        sound = rerun_and_show(open_console(), place, day) and sound
    if not sound:
        raise typer.Exit(REFUSED)


@app.command(
    "import", epilog="Example: settle import alipay results.csv   or: settle import bank typed.csv --format generic"
)
@_says_no
def import_(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel as the rules call it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The result file as it was downloaded.")],
    day: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=_day,
            metavar="YYYY-MM-DD",
            help="The day that takes it.",
            show_default="the next to settle, or the last that the file tells of",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="PROFILE",
            help="Read it in another profile's form, as generic.",
            show_default="the channel's profile",
        ),
    ] = None,
    home: HomeOption = _HOME,
) -> None:
    """Read a channel's result file and leave what it says of payouts to a day: number, amount and payee are checked."""
    place = _home(home)
    from assets.payouts.channels import PROFILES
    from pipelines.importing import import_and_show
    from pipelines.terminal import open_console

    if form is not None and form not in PROFILES:
        raise typer.BadParameter(f"--format: found {form!r}, allowed {', '.join(PROFILES)}")
    import_and_show(open_console(), place, channel, file, form=form or "", day=day)


@app.command(epilog="Example: settle statement M0001 --from 2026-11-01 --to 2026-11-30 --html statement.html")
@_says_no
def statement(
    holder: Annotated[str, typer.Argument(metavar="MEMBER|merchant/ID", help="Whose statement, by his id.")],
    first: FirstOption = None,
    last: LastOption = None,
    home: HomeOption = _HOME,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Leave a page to print or hand over in this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, in fen and units, for scripts.")] = False,
) -> None:
    """What a member or merchant had, every movement with its cause, and what he has, in all commodities."""
    if first and last and first > last:
        raise typer.BadParameter(f"--from {first} is after --to {last}")
    place = _home(home)
    from pipelines.statement import statement_and_show
    from pipelines.terminal import open_console

    statement_and_show(open_console(), place, holder, first, last, html, as_json=as_json)


@export_app.command(
    "beancount", epilog="Example: settle export beancount --output books.beancount && bean-check books.beancount"
)
@_says_no
def export_beancount(
    first: FirstOption = None, last: LastOption = None, home: HomeOption = _HOME, output: OutputOption = _STANDARD,
    by_holder: ByHolderOption = False,
) -> None:  # fmt: skip
    """Books in beancount's syntax."""
    _export("beancount", first, last, home, output, by_holder=by_holder)


@export_app.command(
    "hledger", epilog="Example: settle export hledger --output books.journal && hledger -f books.journal check --strict"
)
@_says_no
def export_hledger(
    first: FirstOption = None, last: LastOption = None, home: HomeOption = _HOME, output: OutputOption = _STANDARD,
    by_holder: ByHolderOption = False,
) -> None:  # fmt: skip
    """Books in hledger's journal format (UTF-8, also where the locale is another)."""
    _export("hledger", first, last, home, output, by_holder=by_holder)


def _export(form: str, first: date | None, last: date | None, home: Path, output: Path, *, by_holder: bool) -> None:
    if first and last and first > last:
        raise typer.BadParameter(f"--from {first} is after --to {last}")
    place = _home(home)
    from pipelines.exporting import export

    export(place, form, first, last, output, by_holder=by_holder)


@app.command(epilog="Example: settle report 2026-11-20 --lang zh --html report.html")
@_says_no
def report(
    day: Annotated[date, typer.Argument(parser=_day, metavar="YYYY-MM-DD", help="A settled day.")],
    home: HomeOption = _HOME,
    lang: LanguageOption = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Leave the page in this file.")] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(
            "--xlsx", metavar="FILE", help="Leave the workbook in this file, with accounts as settings.yaml names them."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sealed figures, in fen, for scripts.")] = False,
) -> None:
    """The report of a settled day again: what its report.html says, in the language asked for."""
    place = _home(home)
    from pipelines.reporting import report_and_show
    from pipelines.terminal import open_console

    report_and_show(open_console(), place, day, lang, html, xlsx, machine=as_json)


@app.command(
    name="explain",
    epilog="Example: settle explain payout/P20261120ABCDEFGHIJKLMNO   or: settle explain ticket/merchant/S0001#17",
)
@_says_no
def explain_(
    named: Annotated[
        str,
        typer.Argument(
            metavar="KIND/ID", help="payout/…, member/…, order/…, ticket/<queue>#<n>, claim/…, lot/…, or a bare id."
        ),
    ],
    home: HomeOption = _HOME,
    day: Annotated[
        date | None,
        typer.Option(
            "--date", parser=_day, metavar="YYYY-MM-DD", help="As of this close.", show_default="the last settled day"
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Leave the tree as a page in this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, in fen and units, for scripts.")] = False,
) -> None:
    """Why a payout, member, order, ticket, claim or lot is what it is, to the fen, and why what is missing is not there
    yet."""
    place = _home(home)
    from pipelines.explaining import explain_and_show
    from pipelines.terminal import open_console

    explain_and_show(open_console(), place, named, day, html, as_json=as_json)


@app.command(epilog="Example: settle prune --dry-run   or: settle prune --keep 90")
@_says_no
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest settled days keep their whole state.")] = 30,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; delete nothing.")] = False,
    home: HomeOption = _HOME,
) -> None:
    """Delete state files that newer ones have taken in: settling from the exports again would bring them back."""
    place = _home(home)
    from pipelines.pruning import prune_and_show
    from pipelines.terminal import open_console

    prune_and_show(open_console(), place, keep, dry_run=dry_run)


@payouts_app.command("list", epilog="Example: settle payouts list   or: settle payouts list --date 2026-11-20")
@_says_no
def payouts_list(
    day: Annotated[
        date | None, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="The files of this day.")
    ] = None,
    home: HomeOption = _HOME,
) -> None:
    """Payout files that are neither released nor cancelled, those of the last settled day, and what to type next."""
    place = _home(home)
    from pipelines.releasing import show_files
    from pipelines.terminal import open_console

    show_files(open_console(), place, day)


@payouts_app.command("approve", epilog="Example: settle payouts approve --date 2026-11-20 --by li")
@_says_no
def payouts_approve(day: DayOption, by: ByOption, file: FileOption = None, home: HomeOption = _HOME) -> None:
    """Say that a day's files may be paid, by another name than who settled the day: all files that wait, or none."""
    place = _home(home)
    from pipelines.releasing import approve_and_show
    from pipelines.terminal import open_console

    approve_and_show(open_console(), place, day, by, file or [])


@payouts_app.command(
    "release",
    epilog="Example: settle payouts release --date 2026-11-20 --by li --sign KEY --encrypt-to KEY",
)
@_says_no
def payouts_release(
    day: DayOption,
    by: ByOption,
    file: FileOption = None,
    sign: Annotated[str, typer.Option(metavar="KEY", help="Sign with this key of your gpg keyring.")] = "",
    encrypt_to: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Leave only a copy encrypted to this key; may be repeated.")
    ] = None,
    home: HomeOption = _HOME,
) -> None:
    """Copy approved files to the outbox, each once: from there they are uploaded."""
    place = _home(home)
    from pipelines.releasing import release_and_show
    from pipelines.terminal import open_console

    release_and_show(open_console(), place, day, by, file or [], sign, encrypt_to or [])


@payouts_app.command(
    "cancel", epilog="Example: settle payouts cancel --date 2026-11-20 --by li --reason 'wrong account'"
)
@_says_no
def payouts_cancel(
    day: DayOption,
    by: ByOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it goes into the log and the results.")],
    file: FileOption = None,
    refused_by_channel: Annotated[
        bool,
        typer.Option(
            "--refused-by-channel", help="The console refused the whole released file: nothing of it is paid."
        ),
    ] = False,
    home: HomeOption = _HOME,
) -> None:
    """Never pay a file: its payouts fail with the next day and are paid again with that one's cut."""
    place = _home(home)
    from pipelines.releasing import cancel_and_show
    from pipelines.terminal import open_console

    cancel_and_show(open_console(), place, day, by, reason, file or [], refused_by_channel=refused_by_channel)


@payouts_app.command(epilog="Example: settle payouts reconcile   or: settle payouts reconcile --date 2026-11-20")
@_says_no
def reconcile(
    day: Annotated[
        date | None, typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="Payouts cut on this day alone.")
    ] = None,
    first: Annotated[
        date | None, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="Payouts cut from this day on.")
    ] = None,
    last: Annotated[
        date | None, typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="Payouts cut up to this day.")
    ] = None,
    home: HomeOption = _HOME,
) -> None:
    """Issued = paid + failed + returned + in transit, by channel and file, with ages; and what the ledger says."""
    if (day and (first or last)) or (first and last and first > last):
        raise typer.BadParameter("give --date D, or --from A and --to B with A up to B, or none of them")
    place = _home(home)
    from pipelines.reconciling import reconcile_and_show
    from pipelines.terminal import open_console

    if not reconcile_and_show(open_console(), place, day or first, day or last):
        raise typer.Exit(REFUSED)


@rules_app.command("list", epilog="Example: settle rules list")
@_says_no
def rules_list(as_json: JsonOption = False) -> None:
    """The presets: a sound rules file for each scheme, to copy and change."""
    from pipelines.presets import names, preset, show_list
    from pipelines.terminal import open_console

    presets = [preset(name) for name in names()]
    if as_json:
        tell(json.dumps([each.listed() for each in presets], indent=2))
    else:
        show_list(open_console(), presets)


@rules_app.command("show", epilog="Example: settle rules show queue-fifo > data/home/rules.yaml")
@_says_no
def rules_show(
    name: Annotated[str, typer.Argument(metavar="PRESET", help="A name that `settle rules list` shows.")],
    as_json: JsonOption = False,
) -> None:
    """Print a preset as it is, comment and all; what it means goes to standard error."""
    from pipelines.presets import names, preset

    if name not in names():
        raise typer.BadParameter(f"PRESET: found {name!r}, allowed {', '.join(names())}")
    found = preset(name)
    if as_json:
        tell(json.dumps(found.shown(), indent=2))
        return
    for line in found.version.summary_lines():
        tell(line, err=True)
    sys.stdout.buffer.write(found.text.encode())


@rules_app.command("check", epilog="Example: settle rules check data/home/rules.yaml")
@_says_no
def rules_check(file: Annotated[Path, typer.Argument(help="A rules file, YAML or JSON.")]) -> None:
    """Validate a rules file: types, ranges, the funding guard; then say what it means."""
    from assets.payouts.channels import read_rules

    found = read_rules(file)
    tell(f"{file}: sound, {len(found.versions)} version(s), timezone {found.timezone}")
    for version in found.versions:
        for line in version.summary_lines():
            tell(line)


@app.command(epilog="Example: settle demo data/home")
@_says_no
def demo(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the sample home.")]) -> None:
    """Write a home with 14 real days of exports and a rules file."""
    from pipelines.demo import write_demo

    first, last, files = write_demo(folder)
    tell(f"{folder}: {files} files, exports of {first} to {last}")
    tell("other rules to try: settle rules list")
    tell(f"next: settle run --home {folder} --from {first} --to {last}")


@app.command(epilog="Example: settle ui --home data/home --port 3000")
@_says_no
def ui(
    home: HomeOption = _HOME,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000,
    read_only: Annotated[bool, typer.Option("--read-only", help="A viewer that cannot launch runs.")] = False,
) -> None:
    """The Dagster UI of the home on 127.0.0.1, with its daemon for schedule and sensor."""
    place = _home(home)
    from pipelines.history import make_up_history, served_home

    kept = served_home(place)
    make_up_history(place, functools.partial(typer.echo, err=True))
    environment = {
        **os.environ, "SETTLE_HOME": str(place.root), "DAGSTER_HOME": str(kept),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }  # fmt: skip
    os.umask(place.rights().mask)  # of all that the UI, its daemon and their runs make
    serve = ["-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)]
    program = ["dagster_webserver", "--read-only"] if read_only else ["dagster", "dev"]
    tell(f"http://127.0.0.1:{port}  (home {place.root}; stop with Ctrl+C)")
    sys.stdout.flush()
    # A script that starts it in the background has interrupts ignored, and Dagster then ignores SIGTERM too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execve(sys.executable, [sys.executable, "-m", *program, *serve], environment)  # noqa: S606 - no shell


def main() -> Any:
    """Entry point of the console script."""
    plain_streams()
    return app()


if __name__ == "__main__":
    main()
