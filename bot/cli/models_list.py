"""`prudent models list`: what is known by name, what is here, and what is in use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from kb.view import shown
from models.chosen import Choice, choice_of, our_means
from models.presets import GB, MODELS, Machine, Preset, preset_for, this_machine

if TYPE_CHECKING:
    from models.catalogue import Entry
    from models.fetch import Means

SCHEMA = "prudent.models.list/1"


@dataclass(frozen=True)
class _Row:
    entry: Entry
    path: str  # "" where it is not here
    quantisation: str
    licence: str
    in_use: bool

    @property
    def presets(self) -> list[str]:
        return [preset.value for preset, name in MODELS.items() if name == self.entry.name]


@click.command(name="list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List the models: which are here, how large they are, under which licence, and which is in use."""
    from models.catalogue_kept import read_kept

    means, machine = our_means(os.environ), this_machine()
    choice = choice_of(None, os.environ, read_kept(means.data), machine=lambda: machine)
    rows = list(_rows(means, choice))
    if form == "json":
        click.echo(json.dumps(_document(rows, choice, machine), indent=2))
        return
    click.echo("\n".join(_lines(rows, choice, machine)))


def _rows(means: Means, choice: Choice) -> Iterator[_Row]:
    from models.catalogue_list import known
    from models.errors import BadModelFile
    from models.fetch import fetched
    from models.gguf import read_header

    for entry in known(means):
        path, quantisation, licence = fetched(entry, means), entry.quantisation, entry.licence
        if path is not None and not (quantisation and licence):
            try:
                header = read_header(path)
                quantisation, licence = quantisation or header.quantisation, licence or header.licence
            except BadModelFile:
                quantisation = "damaged"
        in_use = choice.entry is not None and choice.entry.source == entry.source
        yield _Row(entry, str(path or ""), quantisation, shown(licence) or "not stated", in_use)


def _document(rows: list[_Row], choice: Choice, machine: Machine) -> dict[str, Any]:
    models = [
        {
            "name": row.entry.name,
            "in_use": row.in_use,
            "here": bool(row.path),
            "path": row.path,
            "size": row.entry.size,
            "quantisation": row.quantisation,
            "licence": row.licence,
            "terms": row.entry.terms.address if row.entry.terms else "",
            "source": row.entry.source,
            "sha256": row.entry.sha256,
            "presets": row.presets,
            "note": row.entry.note,
        }
        for row in rows
    ]
    return {
        "schema": SCHEMA,
        "in_use": {"name": choice.name, "said_by": choice.why},
        "machine": {"ram_bytes": machine.ram_bytes, "gpu_bytes": machine.gpu_bytes, "preset": preset_for(machine)},
        "models": models,
    }


def _lines(rows: list[_Row], choice: Choice, machine: Machine) -> Iterator[str]:
    names = max(len(row.entry.name) for row in rows)
    for row in rows:
        mark, where = "*" if row.in_use else " ", "here" if row.path else "-   "
        kind = f"{row.quantisation:8}  {row.licence}{' (asks)' if row.entry.terms else ''}"
        yield f"{mark} {row.entry.name:{names}}  {where}  {_size(row.entry.size)}  {kind}"
        if row.entry.note:
            yield f"  {'':{names}}        {row.entry.note}"
    yield ""
    yield f"in use: {choice.name} ({choice.why})"
    yield "presets: " + ", ".join(f"{preset.value} = {MODELS[preset]}" for preset in Preset)
    gpu = f"a GPU of {machine.gpu_bytes / GB:.0f} GB" if machine.gpu_bytes else "no GPU found"
    yield f"this machine: {machine.ram_bytes / GB:.0f} GB of memory, {gpu}: {preset_for(machine).value}"


def _size(size: int) -> str:
    if not size:
        return "       ?"
    return f"{size / 1e9:5.1f} GB" if size >= 1e9 else f"{size / 1e6:5.0f} MB"
