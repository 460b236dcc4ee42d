"""The worker's process: opens what reviews are made with, takes up work, and lets go of it when told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.github.client import GitHubClient
from bot.jobs.engine import Engine
from bot.logs import log
from bot.mirrors import Mirrors
from bot.reader import config_of
from bot.reading.model import Reading, Request, Unread
from bot.reading.read import read
from bot.web.settings import AppSettings
from bot.workflow.inference import Models
from bot.workflow.parts import Parts
from bot.workflow.register import register
from bot.workflow.training import taught_apart
from bot.writing import model_file
from kb.errors import UserError
from kb.folders import cache_folder

if TYPE_CHECKING:
    from kb.outcomes.store import OutcomeStore
    from models.chat.config import Config


def run(settings: AppSettings) -> int:
    """Work until SIGTERM or SIGINT; returns an exit code. What runs then is resumed by the next worker."""
    return asyncio.run(_run(settings))


async def _run(settings: AppSettings) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work(settings, stop)
    return 0


BEGUN = 16  # reviews at least that a worker takes up; those that sleep through a rate limit keep no other's waiting


async def work(settings: AppSettings, stop: asyncio.Event, *, pace: float = 1.0, haste: float = 1.0) -> None:
    """Take up work and go on until `stop` is set.

    `pace`: seconds between two writes to GitHub; `haste`: how many times faster pauses pass, for tests.
    """
    from kb.outcomes.store import open_store

    config = config_of(os.environ | {"PRUDENT_INFERENCE": settings.inference})
    begun = max(BEGUN, settings.reviews, 4 * settings.share)
    jobs = Engine(settings.jobs_url, reviews=begun, share=settings.share, keep_days=settings.keep_days, haste=haste)
    store = await asyncio.to_thread(open_store, settings.store_url)
    models = None if config is None else _models(config, settings, store)
    try:
        async with GitHubClient(settings.app_id, settings.private_key, base_url=settings.api_url, pace=pace) as github:

            async def read_here(request: Request) -> Reading | Unread:
                reading = partial(read, seconds=settings.review_seconds, megabytes=settings.review_mb)
                if models is None:
                    return await reading(request)
                asking = replace(request, inference=await asyncio.to_thread(models.told))
                return await reading(asking, broker=models.broker(request.repository, request.subject))

            parts = Parts(
                github=github,
                store=store,
                mirrors=Mirrors(settings.mirrors, git_url=settings.git_url, limit_gb=settings.mirrors_gb),
                read=read_here,
                now=lambda: datetime.now(UTC),
                cache=str(_made(cache_folder())),
                model=await asyncio.to_thread(_model),
                room=asyncio.Semaphore(settings.reviews),
                teach=partial(taught_apart, seconds=settings.review_seconds, megabytes=settings.review_mb),
            )
            register(jobs, parts)
            await jobs.launch()
            log("worker").info("ready")
            try:
                await stop.wait()
            finally:
                log("worker").info("stopping")
                await jobs.stop()
    finally:
        if models is not None:
            models.close()
        store.close()


def _models(config: Config, settings: AppSettings, store: OutcomeStore) -> Models:
    now = partial(datetime.now, UTC)
    return Models(config, os.environ, store=store, cache=str(cache_folder()), secret=settings.private_key, now=now)


def _model() -> str:
    """Return the file of the model in use, "" where there is none: a worker fetches nothing by itself."""
    try:
        path = model_file()
    except UserError as problem:
        log("worker").warning("no patches by a model", reason=str(problem))
        return ""
    return str(path) if path else ""


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
