"""The errors that models raise on purpose. All of them mean "no suggestion", never a worse verdict.

ModelError
|-- ModelMissing     there is no model, or no llama.cpp to run it (also a UserError)
|-- BadModelFile     the file is cut short, no GGUF, too new, of an unknown architecture, or not what was asked for
|                    (also a UserError); the text names the file
|-- OutOfMemory      the model, or a context of the size that is needed, does not fit
|-- TooLong          a prompt does not fit the model's context
|-- Unsatisfiable    a grammar that nothing can satisfy, or that is none
|-- Cancelled        whoever asked does not want it any more
`-- OutOfTime        the deadline passed
"""

from __future__ import annotations

from kb.errors import PrudentError, UserError


class ModelError(PrudentError):
    """A model cannot do what was asked."""


class ModelMissing(ModelError, UserError):
    """There is no model, or nothing to run it."""


class BadModelFile(ModelError, UserError):
    """A file is not a model that can be loaded; the text names it and says what to do."""


class OutOfMemory(ModelError):
    """The model or its context does not fit into memory."""


class TooLong(ModelError):
    """More tokens than the model's context holds."""


class Unsatisfiable(ModelError):
    """No text satisfies a grammar, or the grammar is none."""


class Cancelled(ModelError):
    """Nobody wants the answer any more."""


class OutOfTime(ModelError):
    """The deadline passed."""
