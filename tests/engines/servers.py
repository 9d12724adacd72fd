"""A real HTTP server that speaks the chat protocol, and misbehaves as it is told to."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Behaviour:
    """What the server does with each request in turn, and what it saw.

    Attributes:
        acts: Names of `Handler` methods, one used up by each request; afterwards it answers well.
        answer: From the last user's message to the answer's text.
        asked: Bodies of all requests.
        headers: Headers of all requests.
        most_at_once: Highest number of requests that were under way together.
    """

    def __init__(self, *acts, answer=str.upper, seconds=0.0, models=("tiny",)):
        self.acts = list(acts)
        self.answer = answer
        self.seconds = seconds
        self.models = models
        self.asked = []
        self.headers = []
        self.most_at_once = 0
        self.now = 0
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        listed = {
            "object": "list",
            "data": [{"id": name, "object": "model"} for name in self.server.behaviour.models],
        }
        self._send(200, json.dumps(listed).encode())

    def do_POST(self):
        told = self.server.behaviour
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with told.lock:
            told.asked.append(body)
            told.headers.append({name.lower(): value for name, value in self.headers.items()})
            told.now += 1
            told.most_at_once = max(told.most_at_once, told.now)
            act = told.acts.pop(0) if told.acts else "well"
        try:
            time.sleep(told.seconds)
            getattr(self, act)(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with told.lock:
                told.now -= 1

    def _send(self, status, body, **headers):
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _chat(self, body, *, text=None, reason="stop", **changes):
        content = body["messages"][-1]["content"]
        read = content if isinstance(content, str) else content[0]["text"]
        written = self.server.behaviour.answer(read) if text is None else text
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": written}}
            ],
            "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
        } | changes

    def well(self, body):
        self._send(200, json.dumps(self._chat(body)).encode())

    def cut_off(self, body):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices": [')
        self.wfile.flush()
        self.close_connection = True

    def hangs_up(self, body):
        self.close_connection = True

    def drips(self, body):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)

    def sleeps(self, body):
        time.sleep(2)
        self.close_connection = True

    def busy(self, body):
        self._send(429, b'{"error": {"message": "slow down"}}', Retry_After="0.01")

    def no_credit(self, body):
        self._send(429, b'{"error": {"message": "no credit", "code": "insufficient_quota"}}')

    def breaks(self, body):
        self._send(500, b"<html>Internal Server Error</html>")

    def broken_json(self, body):
        self._send(200, b'{"choices": [{"message": {"content": "half')

    def no_choices(self, body):
        self._send(200, b'{"choices": []}')

    def not_json(self, body):
        self._send(200, b"<html>proxy login</html>")

    def a_list(self, body):
        self._send(200, b"[1, 2]")

    def no_text(self, body):
        data = self._chat(body)
        data["choices"][0]["message"]["content"] = None
        self._send(200, json.dumps(data).encode())

    def too_long(self, body):
        self._send(400, b'{"error": {"message": "maximum context length is 512 tokens"}}')

    def no_key(self, body):
        self._send(401, b'{"error": {"message": "invalid key"}}')

    def unknown_model(self, body):
        self._send(404, b'{"error": {"message": "model not found"}}')

    def limit(self, body):
        self._send(200, json.dumps(self._chat(body, text="half an ans", reason="length")).encode())

    def filtered(self, body):
        self._send(200, json.dumps(self._chat(body, text="", reason="content_filter")).encode())

    def no_usage(self, body):
        self._send(200, json.dumps(self._chat(body, usage=None)).encode())


@contextmanager
def serving(behaviour):
    """Base address of a server on loopback that behaves so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.behaviour = behaviour
    server.handle_error = lambda *request: None  # clients hang up here
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
