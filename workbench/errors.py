"""Every failure a user can cause, each with its cure.

    WorkbenchError
    ├── InputError            the article, file or stream given cannot be used
    │   ├── SourceError       a file, folder, URL or feed cannot be read
    │   ├── EncodingError     bytes that are no text
    │   └── UnsupportedPair   no translation between these languages
    ├── ConfigError           a card, job or training file is wrong
    ├── UnknownName           a model, engine, metric, suite or view that does not exist
    ├── MissingExtra          an optional package is not installed
    ├── ModelError            a model cannot be loaded, or is not what its card says
    │   └── CanaryError       the model loads, and translates its canary sentences wrongly
    ├── EngineError           the runtime or the server failed while generating
    ├── FloorError            a measured quality fell below what is pinned
    └── OutputError           a result cannot be written

`WorkbenchError` is caught in one place for each face: `workbench.__main__.main` and the views.
"""


class WorkbenchError(Exception):
    """A failure the user can act on: what is wrong, and what to do about it."""

    def __init__(self, problem: str, *, cure: str) -> None:
        super().__init__(f"{problem}\n  → {cure}")
        self.problem = problem
        self.cure = cure

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling between processes by themselves.
        return (_rebuild, (type(self), self.problem, self.cure))


def _rebuild(kind: type[WorkbenchError], problem: str, cure: str) -> WorkbenchError:
    return kind(problem, cure=cure)


class InputError(WorkbenchError):
    """The article, file or stream given cannot be used."""


class SourceError(InputError):
    """A file, folder, URL or feed cannot be read."""


class EncodingError(InputError):
    """Bytes that are no text in any encoding that Arabic or English news uses."""


class UnsupportedPair(InputError):
    """No translation between these two languages."""


class ConfigError(WorkbenchError):
    """A card, job or training file is wrong."""


class UnknownName(WorkbenchError):
    """A model, engine, metric, suite or view that does not exist."""


class MissingExtra(WorkbenchError):
    """An optional package is not installed."""


class ModelError(WorkbenchError):
    """A model cannot be loaded, or is not what its card says."""


class CanaryError(ModelError):
    """The model loads, and translates its canary sentences wrongly."""


class EngineError(WorkbenchError):
    """The runtime or the server failed while generating; nothing is half-returned."""


class FloorError(WorkbenchError):
    """A measured quality fell below what is pinned."""


class OutputError(WorkbenchError):
    """A result cannot be written."""
