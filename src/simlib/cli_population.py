"""Commands on populations: a researcher's own microdata, and weights to controls."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Bring in your own microdata, or weight it.")

Out = Annotated[Path, typer.Option(help="Folder to write.")]


@app.command("import")
def bring_in(
    mapping: Annotated[Path, typer.Argument(help="Column mapping (YAML).")],
    out: Out,
    drop_rejected: Annotated[
        bool, typer.Option("--drop-rejected", help="Leave out households with a faulty row.")
    ] = False,
) -> None:
    """Make a population of your own microdata; rows that cannot enter are listed with reasons."""
    from simlib.population.microdata.folders import import_to

    made = import_to(out, mapping, drop_rejected=drop_rejected)
    homes = made.population.households.height
    typer.echo(f"{homes:,} households written to {out}")
    if made.origin["rejected_rows"]:
        typer.echo(
            f"Warning: {made.origin['rejected_rows']:,} faulty rows were left out with their "
            f"households; they are in {out / 'rejected.csv'}",
            err=True,
        )
    for table, columns in made.origin["modelled"].items():
        if columns:
            typer.echo(f"Warning: modelled or assumed, not given, in {table}: "
                       f"{', '.join(columns)}", err=True)  # fmt: skip
    for note in made.origin["notes"]:
        typer.echo(f"Warning: {note}", err=True)


@app.command("reweight")
def reweight(
    folder: Annotated[Path, typer.Argument(help="Folder of a population.")],
    out: Out,
    households: Annotated[int, typer.Option(help="Number of households to make.")] = 100_000,
    controls: Annotated[
        Path | None, typer.Option(help="List of controls (CSV); the package's own by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the rounding.")] = 1,
) -> None:
    """Weight households to controls and make whole households of them."""
    from simlib.population.microdata.folders import reweight_to

    made = reweight_to(out, folder, households, seed=seed, controls=controls)
    typer.echo(
        f"{households:,} households written to {out}: {made.result.status.value}, worth "
        f"{made.effective_n:,.0f} households of equal weight"
    )
