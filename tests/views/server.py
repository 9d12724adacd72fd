"""A workbench being served for tests: an engine that knows one article by heart, and a store of its own."""

import contextlib
import socket
import threading
import time

from tests.briefs import SENTENCES, ByHeart
from workbench.catalog import open_catalog
from workbench.records import Alignment, Output
from workbench.review import open_store
from workbench.summarise import Extractive
from workbench.translate import Translator
from workbench.views.desk import Desk, Limits
from workbench.views.work import Workers

WRITER = "mt5-xlsum"
"""A card of the catalogue that writes summaries; here it is played by the class below."""


class Writer:
    """Writes the third sentence, whatever it reads."""

    name = WRITER

    def summarise(self, article, *, length, to=None):
        text = SENTENCES[2][article.language]
        start = article.text.find(text)
        found = Alignment(output=(0, len(text)), sources=((start, start + len(text)),))
        return Output(
            article=article.id,
            task="summarise",
            text=text,
            language=article.language,
            model=WRITER,
            alignment=(found,),
        )


def workers(translator=None):
    ready = translator or Translator(engine=ByHeart(), name="embedded", revision="r1")
    return Workers(
        translator=lambda _: ready,
        summariser=lambda name, _language: Writer() if name else Extractive(name="extractive"),
    )


def desk(folder, **fields):
    uploads = folder / "uploads"
    uploads.mkdir(exist_ok=True)
    return Desk(
        **{
            "store": open_store(str(folder / "store.sqlite")),
            "catalog": open_catalog(),
            "uploads": uploads,
            "limits": Limits(requests_per_minute=600),
            **fields,
        }
    )


@contextlib.contextmanager
def serving(guard):
    """Serve on a free port of loopback; gives the address."""
    import uvicorn

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(guard, host="127.0.0.1", port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
        assert thread.is_alive(), "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
