"""``simlib programmes``: the catalogue, the open data on public services, and the search."""

from pathlib import Path
from typing import Annotated

import typer

from simlib.errors import UserError, did_you_mean

app = typer.Typer(no_args_is_help=True, help="List, show and search benefits; import services.")
import_app = typer.Typer(no_args_is_help=True, help="Read public services from open data.")
app.add_typer(import_app, name="import")

Lang = Annotated[str, typer.Option("--lang", help="ko or en.")]
ServicesDir = Annotated[Path | None, typer.Option(help="Folder of imported or generated services.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def language(text: str) -> str:
    """Refuse a language other than ko and en."""
    if text not in ("ko", "en"):
        raise UserError(
            f"'{text}' is not a language of simlib", "--lang", mend=did_you_mean(text, ["ko", "en"])
        )
    return text


@app.command("list")
def list_all(lang: Lang = "en") -> None:
    """List the programmes of the catalogue."""
    from simlib.benefits.listing import list_programmes

    typer.echo(list_programmes(language(lang)))


@app.command("show")
def show(programme: str, services: ServicesDir = None, lang: Lang = "en") -> None:
    """Show one programme, or one service, with its conditions, amounts and sources."""
    if services is not None:
        from simlib.benefits.services.catalogue import Services
        from simlib.benefits.services.printing import service_text

        typer.echo(service_text(Services.load(services), programme, language(lang)))
        return
    from simlib.benefits.listing import show_programme

    typer.echo(show_programme(programme, language(lang)))


@app.command("search")
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words, Korean or English.")] = None,
    age: Annotated[int | None, typer.Option(help="Possible at this age.")] = None,
    event: Annotated[str, typer.Option(help="Life event: birth, turns_65, job_loss, ...")] = "",
    need: Annotated[str, typer.Option(help="Need: energy, housing, care, debt, ...")] = "",
    municipality: Annotated[str, typer.Option(help="Possible there: Korean name or code.")] = "",
    services: ServicesDir = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 15,
    lang: Lang = "ko",
    as_json: AsJson = False,
) -> None:
    """Find benefits by word, life event, age, need or place, and say where the word was found."""
    from simlib.benefits.services.catalogue import Services
    from simlib.benefits.services.printing import found_text
    from simlib.benefits.services.search import Query, search

    language(lang)
    query = Query(" ".join(words or []), age, event, need, municipality)
    found = search(query, Services.load(services) if services else None)
    if as_json:
        import json

        typer.echo(json.dumps(found.as_dict(lang, limit), ensure_ascii=False, indent=2))
    else:
        typer.echo(found_text(found, lang, limit))


@app.command("services")
def services(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
) -> None:
    """Generate 305 national and about 6,000 local services from templates (assumptions)."""
    from simlib.benefits.services.templates import template_services
    from simlib.parameters import load_parameters

    made = template_services(load_parameters(), seed)
    made.save(out)
    typer.echo(f"{made!r} written to {out}")


@app.command("count")
def count(
    services: Annotated[Path, typer.Option(help="Folder of services.")],
    population: Annotated[Path, typer.Option(help="Folder of a population.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    date: Annotated[str | None, typer.Option(help="Month; default: the population's.")] = None,
    scope: Annotated[str, typer.Option(help="all, or central: national services only.")] = "all",
) -> None:
    """Count the households and persons of a population that meet each service."""
    from simlib.benefits.services.catalogue import Services
    from simlib.benefits.services.households import count_folder

    if scope not in ("all", "central"):
        mend = did_you_mean(scope, ["all", "central"])
        raise UserError(f"'{scope}' is not a scope of services", "--scope", mend=mend)
    known = Services.load(services)
    known = known.only_national() if scope == "central" else known
    made = count_folder(known, population, date)
    made.save(out)
    entitled, checking = made.means
    typer.echo(
        f"{made.households_n:,} households: on average {entitled:.1f} services met and "
        f"{checking:.1f} to ask about ({made.certain_share:.0%} certain); written to {out}"
    )


@import_app.command("gov24")
def import_gov24(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the JSON pages.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
) -> None:
    """Read downloaded open data on public services; nothing is fetched."""
    from simlib.benefits.services.gov24 import import_gov24 as read
    from simlib.benefits.services.printing import import_text

    made = read(folder, out)
    typer.echo(import_text(made))
    if made.rejected.height:
        typer.echo(f"See {out / 'rejected.csv'} for what was not used and why.")
    typer.echo(f"{len(made.services):,} services written to {out}")
