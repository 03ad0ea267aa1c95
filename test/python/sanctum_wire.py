#!/usr/bin/python3
"""A second, independent client of the vault's protocol, for tests.

It shares nothing with the .NET code: the frames are made with struct and json, the signatures and key files with PyNaCl
(Debian: python3-nacl). It is strict about what a daemon may send, and says what was wrong with it.

    sanctum_wire.py --socket PATH | --tcp HOST:PORT --agent NAME --key FILE [--passphrase-env VAR] --dialect A|B
    sanctum_wire.py --self-test [DIRECTORY OF VECTORS]

The first line on stdout is {"signed_in": true, ...} or {"signed_in": false, "reply": ...}. Then each line on stdin is a
request, {"method": ..., "params": {...}}, and each line on stdout its whole reply. In dialect A the session's id is added
to the methods that the published clients send it with, unless the request brings its own. More members of a request:

    "bare": true        send the params as they are, without adding the session's id
    "raw_hex": "..."    send these bytes instead (a whole frame or not) and read one reply, whatever its id

A daemon that closes the connection gives {"closed": true}; one that breaks the protocol gives {"violation": "..."} and
exit code 3. Exit code 2 is wrong usage or an unusable key file.
"""

import argparse
import hashlib
import json
import os
import pathlib
import socket
import struct
import sys

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.signing import SigningKey

MAX_REPLY = 4 * 1024 * 1024
WITH_SESSION_ID = {"list", "retrieve", "use"}


class Violation(Exception):
    """The daemon sent what the protocol does not allow."""


class Closed(Exception):
    """The daemon closed the connection."""


def load_key(path, passphrase=None):
    """Reads a key file; 176 hex digits are a protected one."""
    data = bytes.fromhex(pathlib.Path(path).read_text(encoding="ascii").strip())
    if len(data) == 32:
        return SigningKey(data)
    if len(data) != 88:
        raise ValueError(f"a key file holds 32 or 88 bytes, and this one {len(data)}")
    if not passphrase:
        raise ValueError("the key file is protected and there is no passphrase")
    salt, nonce, box = data[:16], data[16:40], data[40:]
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode("utf-8"), salt, 100_000, 32)
    return SigningKey(SecretBox(key).decrypt(box, nonce))


def encode(message):
    payload = json.dumps(message, separators=(",", ":")).encode("ascii")
    return struct.pack("!I", len(payload)) + payload


def parse_strictly(payload):
    """JSON without what Python lets pass: duplicate members, NaN, lone surrogates."""

    def members(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise Violation(f"a member is there twice: {names}")
        return dict(pairs)

    def constant(name):
        raise Violation(f"{name} is not JSON")

    try:
        text = payload.decode("utf-8")
        message = json.loads(text, object_pairs_hook=members, parse_constant=constant)
        json.dumps(message, ensure_ascii=False).encode("utf-8")
        return message
    except (UnicodeError, json.JSONDecodeError) as malformed:
        raise Violation(f"the reply is not JSON in UTF-8: {malformed}") from malformed


def check_envelope(reply, request_id):
    """Exactly id and one of result and error; a result that is not null; an error of the documented form."""
    if not isinstance(reply, dict) or set(reply) not in ({"id", "result"}, {"id", "error"}):
        raise Violation(f"the envelope's members are wrong: {sorted(reply) if isinstance(reply, dict) else type(reply).__name__}")
    if type(reply["id"]) is not int:
        raise Violation(f"the reply's id is no integer: {reply['id']!r}")
    if request_id is not None and reply["id"] != request_id:
        raise Violation(f"the reply's id is {reply['id']} and the request's was {request_id}")
    if "result" in reply:
        if reply["result"] is None:
            raise Violation("the result is null")
        return
    error = reply["error"]
    if not isinstance(error, dict) or not {"code", "message"} <= set(error) <= {
        "code", "message", "detail", "suggestion", "docs_url", "context",
    }:
        raise Violation(f"the error's members are wrong: {error!r}")
    for name, value in error.items():
        if not isinstance(value, dict if name == "context" else str):
            raise Violation(f"the error's {name} has the wrong type")


class Wire:
    """One connection."""

    def __init__(self, sock):
        self._socket = sock
        self._last_id = 0
        self.session_id = None

    def call(self, method, params):
        self._last_id += 1
        self._send(encode({"id": self._last_id, "method": method, "params": params}))
        return self.read(self._last_id)

    def call_raw(self, data):
        self._send(data)
        return self.read(None)

    def read(self, request_id):
        (length,) = struct.unpack("!I", self._exactly(4))
        if not 0 < length <= MAX_REPLY:
            raise Violation(f"a frame of {length} bytes")
        reply = parse_strictly(self._exactly(length))
        check_envelope(reply, request_id)
        return reply

    def sign_in(self, agent, key, dialect):
        """Returns the last reply, and whether it means that the agent is signed in."""
        if dialect == "A":
            asked = self.call("authenticate", {"agent_name": agent})
        else:
            asked = self.call("auth.challenge", {"agent": agent})
        if "error" in asked:
            return asked, False
        challenge = bytes.fromhex(self._text(asked, "challenge"))
        signature = key.sign(challenge).signature.hex()
        if dialect == "A":
            self.session_id = self._text(asked, "session_id")
            answer = self.call("challenge_response", {"session_id": self.session_id, "signature": signature})
        else:
            answer = self.call("auth.verify", {"agent": agent, "signature": signature})
        if "error" in answer:
            return answer, False
        if answer["result"].get("authenticated") is not True:
            raise Violation("a sign-in that is no error must be confirmed")
        self._text(answer, "session_id")
        return answer, True

    @staticmethod
    def _text(reply, member):
        value = reply["result"].get(member) if isinstance(reply["result"], dict) else None
        if not isinstance(value, str) or not value:
            raise Violation(f"the result's {member} must be a string")
        return value

    def _send(self, data):
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            # What the daemon said before it closed can still be read.
            pass

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self._socket.recv(min(count - len(data), 65536))
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed()
            data += part
        return data


def connect(arguments):
    if arguments.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address = arguments.socket
    else:
        host, _, port = arguments.tcp.rpartition(":")
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        address = (host.strip("[]"), int(port))
    sock.settimeout(arguments.timeout)
    sock.connect(address)
    return Wire(sock)


def say(message):
    print(json.dumps(message, separators=(",", ":")), flush=True)


def answer(wire, line, dialect):
    request = json.loads(line)
    if "raw_hex" in request:
        return wire.call_raw(bytes.fromhex(request["raw_hex"]))
    params = request.get("params", {})
    if dialect == "A" and not request.get("bare") and request["method"] in WITH_SESSION_ID:
        params = {"session_id": wire.session_id, **params}
    return wire.call(request["method"], params)


def run(arguments):
    passphrase = os.environ.get(arguments.passphrase_env) if arguments.passphrase_env else None
    try:
        key = load_key(arguments.key, passphrase)
    except (OSError, ValueError, CryptoError) as unusable:
        print(f"sanctum_wire.py: {arguments.key}: {unusable}", file=sys.stderr)
        return 2
    try:
        wire = connect(arguments)
        reply, signed_in = wire.sign_in(arguments.agent, key, arguments.dialect)
        say({"signed_in": signed_in, "reply": reply})
        for line in sys.stdin:
            if line.strip():
                say(answer(wire, line, arguments.dialect))
    except Closed:
        say({"closed": True})
    except Violation as violation:
        say({"violation": str(violation)})
        return 3
    return 0


def self_test(directory):
    """The vectors, and that the checks above refuse what they are for."""
    passed = 0

    def check(what, holds):
        nonlocal passed
        if not holds:
            raise SystemExit(f"self-test failed: {what}")
        passed += 1

    def refuses(what, kind, action):
        try:
            action()
        except kind:
            check(what, True)
        else:
            check(what, False)

    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary, "key")
        agents = json.loads((directory / "agent-keys.json").read_text(encoding="utf-8"))["agents"]
        check("there are key vectors", agents)
        for vector in agents:
            signature = bytes.fromhex(vector["signature_hex"])
            challenge = bytes.fromhex(vector["challenge_hex"])
            files = [("key_file", None)]
            if "key_enc_file" in vector:
                files.append(("key_enc_file", vector["passphrase"]))
            for member, passphrase in files:
                path.write_text(vector[member], encoding="ascii")
                key = load_key(path, passphrase)
                check(f"{vector['agent']} {member} public key", bytes(key.verify_key).hex() == vector["public_key_hex"])
                check(f"{vector['agent']} {member} signature", key.sign(challenge).signature == signature)
            if "key_enc_file" in vector:
                refuses("a wrong passphrase", CryptoError, lambda: load_key(path, "wrong"))
                refuses("no passphrase", ValueError, lambda: load_key(path))
                path.write_text(vector["key_enc_file_tampered"], encoding="ascii")
                refuses("a tampered file", CryptoError, lambda: load_key(path, vector["passphrase"]))

    frames = json.loads((directory / "frames.json").read_text(encoding="utf-8"))["frames"]
    check("there are frame vectors", frames)
    for vector in frames:
        check(f"frame {vector['name']}", encode(vector["message"]).hex() == vector["frame_hex"])

    check_envelope({"id": 1, "result": {}}, 1)
    check_envelope({"id": 1, "result": []}, 1)
    check_envelope({"id": 1, "error": {"code": "X", "message": "m", "context": {}}}, 1)
    for what, reply in {
        "no id": {"result": {}},
        "another id": {"id": 2, "result": {}},
        "an id that is text": {"id": "1", "result": {}},
        "an id that is true": {"id": True, "result": {}},
        "a null result": {"id": 1, "result": None},
        "result and error": {"id": 1, "result": {}, "error": {"code": "X", "message": "m"}},
        "one member more": {"id": 1, "result": {}, "jsonrpc": "2.0"},
        "an error that is text": {"id": 1, "error": "m"},
        "an error without a code": {"id": 1, "error": {"message": "m"}},
        "a null detail": {"id": 1, "error": {"code": "X", "message": "m", "detail": None}},
        "a list": [],
    }.items():
        refuses(what, Violation, lambda: check_envelope(reply, 1))
    for payload in (b'{"id":1,"id":1}', b'{"id":NaN}', b'"\xff"', b'"\\ud800"', b'{}{}', b''):
        refuses(f"{payload!r}", Violation, lambda: parse_strictly(payload))

    # A whole sign-in, over a real socket pair, of each dialect.
    import threading

    key = SigningKey(bytes(range(32)))
    for dialect in "AB":
        ours, theirs = socket.socketpair()

        def daemon(sock=theirs):
            wire = Wire(sock)
            for result in ({"session_id": "s", "challenge": "ab" * 32}, {"authenticated": True, "session_id": "s"}):
                (length,) = struct.unpack("!I", wire._exactly(4))
                request = json.loads(wire._exactly(length))
                if "signature" in request["params"]:
                    key.verify_key.verify(b"\xab" * 32, bytes.fromhex(request["params"]["signature"]))
                sock.sendall(encode({"id": request["id"], "result": result}))
            sock.close()

        thread = threading.Thread(target=daemon)
        thread.start()
        wire = Wire(ours)
        _, signed_in = wire.sign_in("agent", key, dialect)
        check(f"signing in, dialect {dialect}", signed_in)
        thread.join()
        refuses("a closed connection", Closed, lambda: wire.call("list", {}))
        ours.close()

    print(f"{passed} checks passed")
    return 0


def main():
    parser = argparse.ArgumentParser(description="A second client of the vault's protocol, for tests.")
    parser.add_argument("--self-test", nargs="?", const="", metavar="DIRECTORY", help="check this client against the vectors")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--socket", metavar="PATH")
    where.add_argument("--tcp", metavar="HOST:PORT")
    parser.add_argument("--agent", metavar="NAME")
    parser.add_argument("--key", metavar="FILE")
    parser.add_argument("--passphrase-env", metavar="VARIABLE")
    parser.add_argument("--dialect", choices=["A", "B"], default="A")
    parser.add_argument("--timeout", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()
    if arguments.self_test is not None:
        return self_test(pathlib.Path(arguments.self_test or pathlib.Path(__file__).parent.parent / "vectors"))
    if not (arguments.socket or arguments.tcp) or not arguments.agent or not arguments.key:
        parser.error("--socket or --tcp, --agent and --key are needed")
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
