"""A Chat over a model of this machine: every answer satisfies its schema, because no other can be written.

The schema is a grammar that masks the model's tokens (models/infill/typed.py). Nothing is sent anywhere and nothing is
paid. A model that is too small ranks and patches; it does not review.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from models.chat.errors import BadAnswer, BadRequest, NoReader, Unreachable
from models.chat.model import Ask, Purpose, Reply, Usage
from models.chat.schema import answer_in
from models.chat.voice import PLAIN, Voice, turns
from models.errors import Cancelled, ModelError, OutOfMemory, OutOfTime, TooLong, Unsatisfiable
from models.infill.typed import Typed, write_typed
from models.model import NEVER, Model, ModelInfo, Sampling, Stop

LEAST = 950_000_000  # parameters; models that are called 1B have as few as that
_FORMAT = "\n\nAnswer with one JSON object and nothing else. It satisfies this JSON schema:\n"


def large_enough(info: ModelInfo) -> bool:
    """Return whether a model is large enough to review: about a billion parameters, and it continues texts."""
    return info.parameters >= LEAST and not info.is_diffusion


def check_large_enough(info: ModelInfo) -> None:
    """Raise NoReader, in a line for people, if a model is too small to review."""
    if large_enough(info):
        return
    size = f"{info.parameters / 1e9:.1f}B" if info.parameters >= LEAST else f"{info.parameters / 1e6:.0f}M"
    what = "it denoises texts" if info.is_diffusion else f"it has {size} parameters, 1B are needed"
    raise NoReader(f"no model large enough: {info.name} ranks and patches, it does not review ({what})")


class LocalChat:
    """A Chat over a loaded model; `voice` says how it is spoken to. `close` closes the model.

    `context`: tokens of a question and its answer, where fewer are wanted than the model was trained on.
    """

    def __init__(
        self,
        model: Model,
        voice: Voice = PLAIN,
        *,
        name: str = "local",
        context: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._voice, self._provider, self._clock = model, voice, name, clock
        self._context = min(context or model.info.context, model.info.context)

    @property
    def name(self) -> str:
        """Return the provider's and the model's name."""
        return f"{self._provider}/{self._model.info.name}"

    @property
    def context(self) -> int:
        """Return how many tokens a question and its answer may have together."""
        return self._context

    def tokens(self, text: str) -> int:
        """Return how many tokens the model reads a text as."""
        return len(self._model.tokens_of(text.encode("utf-8", "surrogatepass")))

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return an answer; raises BadRequest where it does not fit, Unreachable, Cancelled, OutOfTime.

        Thinking is not asked for: the answer is written at once.
        """
        since = self._clock()
        try:
            prompt = self._prompt(ask)
            if len(prompt) + ask.most + 1 > self._context:
                raise TooLong(f"{len(prompt)} + {ask.most} tokens do not fit the context of {self._context}")
            sampling = Sampling(temperature=ask.temperature, seed=ask.seed)
            typed = write_typed(self._model, prompt, ask.schema, room=ask.most, sampling=sampling, stop=stop)
        except (Cancelled, OutOfTime):
            raise
        except OutOfMemory as error:  # its text says where the model's file lies
            raise BadRequest(f"{self.name}: a context of {self._context} tokens does not fit into memory") from error
        except (TooLong, Unsatisfiable) as error:
            raise BadRequest(f"{self.name}: {error}") from error
        except ModelError as error:
            raise Unreachable(f"{self.name}: {error}") from error
        usage = Usage(input=len(prompt), output=typed.tokens)
        return Reply(
            data=_answer(typed, ask),
            usage=usage,
            provider=self._provider,
            model=self._model.info.name,
            ms=round((self._clock() - since) * 1000),
        )

    def close(self) -> None:
        """Free the model."""
        self._model.close()

    def _prompt(self, ask: Ask) -> tuple[int, ...]:
        """Return the question in tokens; what many questions share comes first, so that it is read once."""
        system = ask.system + _FORMAT + json.dumps(ask.schema, separators=(",", ":"))
        question = f"{ask.shared}\n\n{ask.question}" if ask.shared else ask.question
        begin = self._model.info.begin
        tokens = [] if begin is None else [begin]
        for part in turns(self._voice, system, question):
            tokens += [part] if isinstance(part, int) else self._model.tokens_of(part.encode("utf-8", "surrogatepass"))
        return tuple(tokens)


def _answer(typed: Typed, ask: Ask) -> dict[str, object]:
    """Return what was written, without the entry that was cut off where the schema allows that."""
    if typed.shorter is not None:
        try:
            return answer_in(typed.shorter, ask.schema)
        except BadAnswer:  # the list has to have as many entries
            pass
    return answer_in(typed.text, ask.schema)
