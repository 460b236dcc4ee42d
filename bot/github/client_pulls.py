"""The client's methods that read: pull requests, what stands on them, and what people may do."""

from __future__ import annotations

from bot.events import Actor, Repo
from bot.github import standing
from bot.github.asks import PAGE, Value, graphql, on
from bot.github.client_part import Part
from bot.github.errors import Gone, Unexpected
from bot.github.fields import Fields
from bot.github.model import Pull, PullState, Review, Right, Thread
from bot.github.readings import pull_from, right_from

RIGHT_KEPT = 300.0  # seconds
MOST_RIGHTS = 4096  # kept at once


class Pulls(Part):
    """Reads pull requests."""

    _rights: dict[tuple[int, int, str], tuple[float, Right]]

    async def pull(self, repo: Repo, number: int) -> Pull:
        """Return a pull request as it is now."""
        return pull_from(
            await self._call(repo, on(repo, "GET", "/pulls/{pull_number}", pull_number=number, remembers=True))
        )

    async def open_pulls(self, repo: Repo) -> tuple[Pull, ...]:
        """Return the open pull requests, newest first."""
        query: dict[str, Value] = {"state": "open", "sort": "created", "direction": "desc", "per_page": PAGE}
        pages = await self._pages(repo, on(repo, "GET", "/pulls", query=query, remembers=True))
        return tuple(pull_from(item) for page in pages for item in page.each())

    async def pulls_of(self, repo: Repo, commit: str) -> tuple[Pull, ...]:
        """Return the pull requests whose head or merge commit this is; GitHub lists those that contain it."""
        ask = on(repo, "GET", "/commits/{commit_sha}/pulls", commit_sha=commit, query={"per_page": PAGE})
        pulls = [pull_from(item) for page in await self._pages(repo, ask) for item in page.each()]
        return tuple(pull for pull in pulls if commit in (pull.head, pull.merge_commit))

    async def patched_lines(self, repo: Repo, number: int) -> dict[str, str | None]:
        """Return the patch text of each changed file; None for binary, renamed and large ones. At most 3,000 files."""
        ask = on(repo, "GET", "/pulls/{pull_number}/files", pull_number=number, query={"per_page": PAGE})
        files = [item for page in await self._pages(repo, ask) for item in page.each()]
        return {item.text("filename"): item.text("patch") if item.has("patch") else None for item in files}

    async def state(self, repo: Repo, number: int) -> PullState:
        """Return what stands on a pull request: its head, our reviews, our threads."""
        pull = await self._of_pull(repo, number, standing.STATE, reviews=None, threads=None)
        reviews = await self._reviews(repo, number, pull.at("reviews"))
        threads = await self._threads(repo, number, pull.at("reviewThreads"))
        return PullState(
            number=pull.number("number"),
            head=pull.text("headRefOid"),
            is_open=pull.text("state") == "OPEN",
            is_draft=pull.flag("isDraft"),
            reviews=tuple(reviews),
            threads=tuple(threads),
        )

    async def right_of(self, repo: Repo, actor: Actor) -> Right:
        """Return what a person may do in a repository, as it was at most five minutes ago; NONE for bots."""
        if actor.is_bot or actor.login.endswith("[bot]") or not actor.login:
            return Right.NONE
        key = (repo.id, actor.id, actor.login)
        kept_at, kept = self._rights.get(key, (0.0, Right.NONE))
        if self._http.now() - kept_at < RIGHT_KEPT:
            return kept
        path = "/collaborators/{username}/permission"
        try:
            right = right_from(
                await self._call(repo, on(repo, "GET", path, username=actor.login, remembers=True)), actor
            )
        except Gone:  # no collaborator, and no such account
            right = Right.NONE
        if len(self._rights) >= MOST_RIGHTS:
            self._rights.clear()
        self._rights[key] = (self._http.now(), right)
        return right

    async def _of_pull(self, repo: Repo, number: int, query: str, **cursors: str | None) -> Fields:
        variables = {"owner": repo.owner, "name": repo.name, "number": number, **cursors}
        answer = await self._call(repo, graphql(query, variables))
        if not answer.has("data", "repository", "pullRequest"):
            raise Gone(f"POST /graphql: pull request {number} is not there")
        return answer.at("data", "repository", "pullRequest")

    async def _reviews(self, repo: Repo, number: int, page: Fields) -> list[Review]:
        found = standing.our_reviews(page)
        for _ in range(standing.MOST_PAGES):
            cursor = standing.before(page)
            if cursor is None:
                return found
            page = (await self._of_pull(repo, number, standing.MORE_REVIEWS, reviews=cursor)).at("reviews")
            found = standing.our_reviews(page) + found
        raise Unexpected(f"POST /graphql: more than {standing.MOST_PAGES} pages of reviews")

    async def _threads(self, repo: Repo, number: int, page: Fields) -> list[Thread]:
        found: list[Thread] = []
        for _ in range(standing.MOST_PAGES):
            found += [await self._thread(repo, node) for node in standing.our_threads(page)]
            cursor = standing.after(page)
            if cursor is None:
                return found
            page = (await self._of_pull(repo, number, standing.MORE_THREADS, threads=cursor)).at("reviewThreads")
        raise Unexpected(f"POST /graphql: more than {standing.MOST_PAGES} pages of threads")

    async def _thread(self, repo: Repo, node: Fields) -> Thread:
        comments = standing.replies_in(node.at("comments"))
        page = node.at("comments")
        for _ in range(standing.MOST_PAGES):
            cursor = standing.after(page)
            if cursor is None:
                return standing.thread_from(node, comments)
            ask = graphql(standing.MORE_COMMENTS, {"thread": node.text("id"), "comments": cursor})
            page = (await self._call(repo, ask)).at("data", "node", "comments")
            comments += standing.replies_in(page)
        raise Unexpected(f"POST /graphql: more than {standing.MOST_PAGES} pages of replies")
