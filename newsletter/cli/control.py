"""For the desk: what became of an edition, stopping it, and settling what is in doubt."""

from typing import Annotated

import typer

from newsletter.cli.ledger import ledger_facts, ledger_lines
from newsletter.cli.options import EditionName, Json, again, read_edition
from newsletter.cli.terminal import bold, plural, print_json, sign
from newsletter.newsroom import Newsroom

app = typer.Typer()

#: Exit code of `prove` when something disagrees.
PROOF_FAILS = 5


@app.command()
def status(
    edition: Annotated[
        str,
        typer.Argument(metavar="[EDITION]", help="Such as daily/2026-07-05. Default: the last."),
    ] = "",
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Name who may or may not have been mailed.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what the ledger knows of an edition: who was selected, and what became of it."""
    newsroom = Newsroom.open()
    found = newsroom.dispatch.status(read_edition(edition) if edition else None)
    if unknown:
        doubts = newsroom.control.doubts(found.id)
        if json:
            print_json([doubt._asdict() for doubt in doubts])
        for doubt in () if json else doubts:
            typer.echo(f"{doubt.address}  call {doubt.call}  {doubt.began:%Y-%m-%d %H:%M:%S} UTC")
    elif json:
        print_json(ledger_facts(found))
    else:
        typer.echo(ledger_lines(found))


@app.command()
def pause(edition: EditionName) -> None:
    """Stop handing an edition over: no call is begun after this."""
    Newsroom.open().control.pause(read_edition(edition))
    typer.echo(f"{sign('good')} paused {edition}")
    typer.echo(f"next   newsletter resume {edition}")


@app.command()
def resume(edition: EditionName) -> None:
    """Let a paused edition go on; `newsletter send` then delivers the rest."""
    Newsroom.open().control.resume(read_edition(edition))
    typer.echo(f"{sign('good')} {edition} may go on")
    typer.echo(f"next   newsletter {again(read_edition(edition))}")


@app.command()
def cancel(
    edition: EditionName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give an edition up for good. Who was mailed already stays mailed."""
    if not yes:
        typer.confirm(f"Give {edition} up for good?", abort=True, err=True)
    given_up = Newsroom.open().control.cancel(read_edition(edition))
    typer.echo(f"{sign('good')} cancelled {edition}: {plural(given_up, 'reader')} not mailed")


@app.command()
def resolve(
    edition: EditionName,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="They were mailed: count them so.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="They were not: the next send mails them.")
    ] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Count those that an event proves to be mailed.")
    ] = False,
) -> None:
    """
    Settle the readers who may or may not have been mailed.

    `newsletter status EDITION --unknown` names them: ask the other side's own log before you
    give your word. Evidence are events that name the reader or the call; none of them proves
    nothing. Sending again is refused while a mail may still be accepted.
    """
    from newsletter.delivery.reconcile import Word

    words = {Word.ACCEPTED: accepted, Word.RESEND: resend, Word.EVIDENCE: evidence}
    said = [word for word, meant in words.items() if meant]
    if len(said) != 1:
        raise typer.BadParameter("say --accepted, --resend or --evidence")
    named = read_edition(edition)
    newsroom = Newsroom.open()
    settled = newsroom.control.resolve(named, said[0])
    done = "mailed again by the next send" if resend else "counted as mailed"
    typer.echo(f"{sign('good')} {plural(settled, 'reader')} of {edition} {done}")
    left = len(newsroom.control.doubts(named))
    if left:
        typer.echo(f"{sign('warning')} {plural(left, 'reader')} still unknown")
    next_step = again(named) if resend else f"status {edition}"
    typer.echo(f"next   newsletter {next_step}")


@app.command()
def prove(edition: EditionName, json: Json = False) -> None:
    """
    Recount an edition from the ledger, its frozen audience and the evidence.

    Ends with 5 when they disagree. It changes nothing, so it may be run at any time.
    """
    named = read_edition(edition)
    proofs = Newsroom.open().control.prove(named)
    holds = all(proof.holds for proof in proofs)
    if json:
        facts = [proof._asdict() for proof in proofs]
        print_json({"edition": str(named), "holds": holds, "proofs": facts})
    else:
        typer.echo(bold(str(named)))
        for proof in proofs:
            typer.echo(f"{sign('good' if proof.holds else 'error')} {proof.name:<9} {proof.words}")
        typer.echo("Everything agrees." if holds else "The ledger contradicts itself.")
    if not holds:
        raise typer.Exit(PROOF_FAILS)
