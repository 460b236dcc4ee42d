"""One Chat of several: asked in order, retried, left alone where they fail, counted, capped, and remembered.

    cache -> breaker -> room in the ledger -> the call -> the ledger is told -> again, or the next provider

Nothing is asked that the ledger has no room for in the worst case, and every attempt is told to it, failed ones too.
"""

from __future__ import annotations

import random as chance
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.chat.answers import Answers, Cache
from models.chat.breaker import COUNTED, Breaker
from models.chat.errors import BadAnswer, ChatError, CutOff, OverBudget, Overloaded, RateLimited, Unreachable
from models.chat.estimate import whole_of
from models.chat.model import Ask, Chat, Ledger, Price, Purpose, Reply, Spent, Usage
from models.errors import Cancelled, OutOfTime
from models.model import NEVER, Stop

if TYPE_CHECKING:
    from tenacity import RetryCallState

ATTEMPTS = 3  # a provider, in all
BAD_ANSWERS = 2  # attempts that a provider gets where its answers do not satisfy the schema
FIRST, LONGEST = 1.0, 30.0  # seconds between two attempts, doubled each time; a third of it is chance
PATIENCE = 60.0  # seconds that a provider may ask us to wait; if it is more, the next is asked
FREE = Price()
_AGAIN = "\n\nAn answer to this was not taken ({}). Keep to the schema."
_FRAME = 32  # tokens of what a provider puts around a question
_SLICE = 0.5  # seconds between two looks at whether an answer is still wanted


@dataclass(frozen=True)
class Link:
    """One provider: whom to ask, what it costs, its breaker, and how much it thinks."""

    chat: Chat
    price: Price = FREE
    breaker: Breaker | None = None
    thinking: int = 0  # tokens that it may think before each answer, where the question does not say


@dataclass
class _Bill:
    """What an answer took so far, over all attempts and providers."""

    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    attempts: int = 0

    def add(self, usage: Usage, micros: int) -> None:
        self.usage, self.micros, self.attempts = self.usage + usage, self.micros + micros, self.attempts + 1


def chain(
    links: Sequence[Link | Chat],
    *,
    ledger: Ledger,
    cache: Cache | None = None,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    random: Callable[[], float] = chance.random,
) -> Chat:
    """Return a Chat that asks these in order. `random` gives numbers in [0, 1), `now` seconds since the epoch.

    Raises ValueError where there are none.
    """
    if not links:
        raise ValueError("a chain has at least one provider")
    whole = tuple(one if isinstance(one, Link) else Link(one) for one in links)
    return _Chain(whole, ledger, Answers(cache), _Time(clock, now, sleep, random))


@dataclass(frozen=True)
class _Time:
    """Time and chance, as they were handed in."""

    clock: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]


class _Chain:
    """A Chat of several."""

    def __init__(self, links: tuple[Link, ...], ledger: Ledger, answers: Answers, time: _Time) -> None:
        self._links, self._ledger, self._answers, self._time = links, ledger, answers, time

    @property
    def name(self) -> str:
        """Return the name of who is asked first."""
        return self._links[0].chat.name

    @property
    def context(self) -> int:
        """Return the context of who is asked first; those after it pass on what is too long for them."""
        return self._links[0].chat.context

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has for who is asked first."""
        return self._links[0].chat.tokens(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return the first answer there is; raises OverBudget, Cancelled, OutOfTime, or what the first one failed by.

        That error's text says how the others failed, too.
        """
        since, bill, failures = self._time.clock(), _Bill(), list[tuple[str, ChatError]]()
        for link in self._links:
            stop.check()
            if (kept := self._answers.of(link.chat.name, ask)) is not None:
                return kept
            try:
                reply = self._answered(link, ask, purpose, stop, bill)
            except OverBudget:
                raise
            except ChatError as error:
                failures.append((link.chat.name, error))
                continue
            self._answers.keep(link.chat.name, ask, reply)
            ms = round((self._time.clock() - since) * 1000)
            return replace(reply, usage=bill.usage, micros=bill.micros, attempts=bill.attempts, ms=ms)
        raise _all_failed(failures, bill)

    def close(self) -> None:
        """Close them all."""
        for link in self._links:
            link.chat.close()

    def _answered(self, link: Link, ask: Ask, purpose: Purpose, stop: Stop, bill: _Bill) -> Reply:
        """Ask one provider until it answers or it is no use."""
        from tenacity import Retrying, retry_if_exception

        bad = list[ChatError]()

        def once() -> Reply:
            try:
                return self._once(link, _again(ask, bad), purpose, stop, bill)
            except BadAnswer as error:
                bad.append(error)
                raise

        def is_worth_it(error: BaseException) -> bool:
            if isinstance(error, BadAnswer):
                return len(bad) < BAD_ANSWERS and not isinstance(error, CutOff)
            return isinstance(error, Overloaded | RateLimited | Unreachable)

        def is_over(state: RetryCallState) -> bool:
            wait = state.upcoming_sleep
            is_late = stop.deadline is not None and stop.clock() + wait >= stop.deadline
            return state.attempt_number >= ATTEMPTS or wait > PATIENCE or is_late

        return Retrying(
            sleep=lambda seconds: self._pause(seconds, stop),
            stop=is_over,
            wait=self._wait,
            retry=retry_if_exception(is_worth_it),
            reraise=True,
        )(once)

    def _once(self, link: Link, ask: Ask, purpose: Purpose, stop: Stop, bill: _Bill) -> Reply:
        """Make one attempt, and have it counted."""
        stop.check()
        if link.thinking and not ask.thinking:
            ask = replace(ask, thinking=link.thinking, most=ask.most + link.thinking)
        worst = Usage(input=link.chat.tokens(whole_of(ask)) + _FRAME, output=ask.most)
        dearest = replace(link.price, input=max(link.price.input, link.price.written))
        if why := self._ledger.room(purpose, worst, dearest.micros(worst)):
            raise OverBudget(why)
        if link.breaker is not None:
            link.breaker.admit()
        since = self._time.clock()

        def count(usage: Usage, ended: str) -> None:
            micros, ms = link.price.micros(usage), round((self._time.clock() - since) * 1000)
            provider, _, model = link.chat.name.partition("/")
            bill.add(usage, micros)
            self._ledger.note(Spent(purpose, provider, model, usage, micros, self._time.now(), ms, ended))

        try:
            reply = link.chat.ask(ask, purpose, stop=stop)
        except ChatError as error:
            _tell(link.breaker, error)
            count(error.usage, type(error).__name__)
            raise
        except (Cancelled, OutOfTime) as error:
            if link.breaker is not None:
                link.breaker.released()
            count(Usage(input=worst.input), type(error).__name__)  # it was sent; what came is not known
            raise
        except BaseException:
            if link.breaker is not None:
                link.breaker.released()
            raise
        _tell(link.breaker, None)
        count(reply.usage, "answered")
        return reply

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds until the next attempt: what the provider asks for, or twice as many each time."""
        error = state.outcome.exception() if state.outcome is not None else None
        after = getattr(error, "after", None)
        if isinstance(error, BadAnswer):
            return 0.0
        least = float(after) if after is not None else min(LONGEST, FIRST * 2.0 ** (state.attempt_number - 1)) * 2 / 3
        return least + min(LONGEST, max(FIRST, least)) / 3 * self._time.random()

    def _pause(self, seconds: float, stop: Stop) -> None:
        """Wait, and look now and then whether the answer is still wanted."""
        while seconds > 0:
            stop.check()
            self._time.sleep(min(seconds, _SLICE))
            seconds -= _SLICE
        stop.check()


def _again(ask: Ask, bad: Sequence[ChatError]) -> Ask:
    """Return a question as it is put after bad answers: with another seed, and with what was wrong with the last.

    An error's text holds words of ours only, never what was answered.
    """
    if not bad:
        return ask
    return replace(ask, seed=ask.seed + len(bad), question=f"{ask.question}{_AGAIN.format(bad[-1])}")


def _tell(breaker: Breaker | None, error: ChatError | None) -> None:
    """Tell a breaker how an attempt ended: an answer that is none is an answer, as far as it is concerned."""
    if breaker is None:
        return
    if isinstance(error, COUNTED):
        breaker.failed(str(error))
    else:
        breaker.succeeded()


def _all_failed(failures: Sequence[tuple[str, ChatError]], bill: _Bill) -> ChatError:
    """Return the first provider's error, in whose text the others' are told too."""
    (_, first), *others = failures
    said = "; ".join([str(first), *(f"{name}: {error}" for name, error in others)])
    found = type(first)(said)
    found.usage = bill.usage
    return found
