"""A small model hub on loopback, with the answers of the real one: listings, files in ranges, refusals."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "fedcba9876543210fedcba9876543210fedcba98"


class Repository:
    """What the hub holds, and how it behaves.

    Attributes:
        files: Content by name.
        refuse: X-Error-Code of every answer, or None.
        break_after: Bytes after which a transfer breaks off, once for each entry.
        damage: Names of files whose content arrives changed.
        robot: Number of a pull request by the hub's converter, or None.
        asked: Path and range of every request.
    """

    def __init__(self, files, *, refuse=None, break_after=(), damage=(), robot=None, ranges=True):
        self.files = files
        self.refuse = refuse
        self.break_after = list(break_after)
        self.damage = set(damage)
        self.robot = robot
        self.ranges = ranges
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        held, path = self.server.held, self.path.partition("?")[0]
        held.asked.append((path, self.headers.get("Range")))
        if held.refuse:
            status = {"GatedRepo": 403, "RepoNotFound": 401}.get(held.refuse, 404)
            return self._send(status, b"{}", **{"X-Error-Code": held.refuse})
        if path.endswith("/discussions"):
            return self._send(200, json.dumps({"discussions": self._discussions()}).encode())
        if path.startswith("/api/models/"):
            return self._listing(path)
        return self._file(path)

    def _listing(self, path):
        revision = path.rpartition("/revision/")[2]
        if revision not in ("main", COMMIT, OTHER, "refs%2Fpr%2F7"):
            return self._send(404, b"{}", **{"X-Error-Code": "RevisionNotFound"})
        siblings = []
        for name, content in self.server.held.files.items():
            entry = {"rfilename": name, "size": len(content)}
            if name.endswith((".safetensors", ".bin")):
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
            else:
                entry["blobId"] = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            siblings.append(entry)
        sha = OTHER if revision in (OTHER, "refs%2Fpr%2F7") else COMMIT
        return self._send(200, json.dumps({"sha": sha, "siblings": siblings}).encode())

    def _discussions(self):
        robot = self.server.held.robot
        spam = {"num": 1, "isPullRequest": False, "author": {"name": "someone"}}
        made = {"num": robot, "isPullRequest": True, "author": {"name": "SFconvertbot"}}
        return [spam, made] if robot else [spam]

    def _file(self, path):
        held, name = self.server.held, path.rpartition("/")[2]
        content = held.files[name]
        if name in held.damage:
            held.damage.discard(name)
            content = content[:-1] + bytes([content[-1] ^ 1])
        start = int(self.headers["Range"][6:-1]) if self.headers.get("Range") and held.ranges else 0
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if held.break_after and len(body) > held.break_after[0]:
            self.wfile.write(body[: held.break_after.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(body)

    def _send(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def hub(held):
    """Address of a hub that holds one repository under every name."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.held = held
    server.handle_error = lambda *request: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
