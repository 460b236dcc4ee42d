"""The errors that Prudent raises on purpose.

    PrudentError
    |-- UserError            bad input: one line on standard error, exit code 2
    |   |-- NotARepository
    |   |-- UnknownRevision
    |   |-- EmptyRange
    |   |-- NoCommonAncestor
    |   |-- BadPatch
    |   |-- BadSettings
    |   |-- GitFailed        git refused what was asked (defined in kb.git)
    |   `-- StoreError       the outcomes store cannot be used as it is
    |-- CorruptObject        git cannot read an object: that file is not checked
    `-- NotChecked           a check could not run: the verdict says so, the others go on

Anything else that is raised is a bug in Prudent: exit code 3.
"""


class PrudentError(Exception):
    """An expected failure whose text is fit to be shown to a person, on one line."""


class UserError(PrudentError):
    """What was asked cannot be done as asked; the text says what is wrong and what to do."""


class NotARepository(UserError):
    """The folder is not inside a git repository."""


class UnknownRevision(UserError):
    """A revision does not name a commit in this repository."""


class EmptyRange(UserError):
    """There is nothing between base and head."""


class NoCommonAncestor(UserError):
    """Base and head share no history here: unrelated, or the clone is too shallow."""


class BadPatch(UserError):
    """A patch file is not a patch, or does not apply."""


class BadSettings(UserError):
    """The repository's settings file has an unknown key or a bad value."""


class StoreError(UserError):
    """The outcomes store is locked, read-only, damaged, or written by a newer version."""


class CorruptObject(PrudentError):
    """git has an object under this name but cannot read it, or lacks it."""


class NotChecked(PrudentError):
    """A check could not run (engine missing, crashed, garbage): its slug goes into coverage."""
