#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A mail server that takes nothing for granted: RFC 5321, strictly.

smtp-stand-in.py DIRECTORY [--certificate PEM] [--implicit] [--user NAME]

Prints "listening on PORT". A mail that is taken becomes DIRECTORY/N.eml, its envelope N.json. What
breaks the protocol is written into DIRECTORY/violations. DIRECTORY/behaviour, read at every
command, says how to be difficult: lines "VERB CODE" ("RCPT 550", "END 451", "GREETING 421"), or
"END drop": the mail is taken and the connection breaks before the answer. --certificate: STARTTLS
is offered and demanded; --implicit: TLS from the first byte. --user: who must sign in; the
password stands in SMTP_PASSWORD. Ends with its standard input.
"""

import argparse
import base64
import json
import os
import re
import socketserver
import ssl
import sys
import threading

PATH = re.compile(rb"<([^<>\s\x00-\x1f\x7f]+@[^<>\s\x00-\x1f\x7f]+)>")
MAX_LINE = 998


class Violation(Exception):
    pass


class Session(socketserver.StreamRequestHandler):
    timeout = 60

    def reply(self, code, text="-"):
        self.wfile.write(f"{code} {text}\r\n".encode())

    def line(self, limit=512):
        line = self.rfile.readline(limit + 2)
        if line and not line.endswith(b"\r\n"):
            raise Violation(f"a line that does not end in CR LF or is too long: {line[:80]!r}")
        if b"\r" in line[:-2] or b"\n" in line[:-2] or b"\0" in line:
            raise Violation(f"a bare CR, LF or NUL: {line[:80]!r}")
        return line[:-2] if line else None

    def difficult(self, verb):
        """Whether this command is answered otherwise than usual."""
        word = self.server.behaviour(verb)
        if word is None or word == "drop":
            return False
        self.reply(int(word), "as told")
        if word == "421":
            raise ConnectionError
        return True

    def handle(self):
        self.secure = self.server.implicit
        self.greeted = self.signed_in = False
        self.sender, self.recipients = None, []
        try:
            if self.server.implicit:
                self.start_tls()
            if self.difficult("GREETING"):
                return
            self.reply(220, "stand-in ESMTP")
            while (line := self.line()) is not None and self.command(line):
                pass
        except Violation as violation:
            self.server.violated(str(violation))
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass

    def start_tls(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.secure, self.greeted = True, False

    def command(self, line):
        verb, _, rest = line.partition(b" ")
        name = verb.upper().decode("ascii", "replace")
        handler = getattr(self, "do_" + name, None)
        if handler is None:
            self.reply(500, "unknown command")
            return True
        if name not in ("EHLO", "QUIT", "RSET", "NOOP") and not self.greeted:
            raise Violation(f"{name} before EHLO")
        if self.difficult(name):
            return True
        return handler(rest) is not False

    def do_EHLO(self, rest):
        if not rest.strip():
            raise Violation("EHLO without a name")
        self.greeted = True
        self.sender, self.recipients = None, []
        lines = ["stand-in", "8BITMIME", "SIZE 10000000"]
        if self.server.context and not self.secure:
            lines.append("STARTTLS")
        elif self.server.user:
            lines.append("AUTH PLAIN")
        for i, text in enumerate(lines):
            self.wfile.write(f"250{'-' if i + 1 < len(lines) else ' '}{text}\r\n".encode())

    def do_STARTTLS(self, rest):
        if not self.server.context or self.secure:
            self.reply(502)
            return
        self.reply(220)
        self.start_tls()

    def do_AUTH(self, rest):
        kind, _, secret = rest.partition(b" ")
        if kind.upper() != b"PLAIN":
            raise Violation("AUTH of a kind that was not offered")
        if self.server.context and not self.secure:
            raise Violation("AUTH before STARTTLS")
        if not secret:
            self.reply(334, "")
            secret = self.line()
        parts = base64.b64decode(secret, validate=True).decode().split("\0")
        self.signed_in = parts[1:] == [self.server.user, self.server.password]
        self.reply(*((235,) if self.signed_in else (535, "wrong")))

    def do_MAIL(self, rest):
        if self.server.context and not self.secure:
            self.reply(530, "STARTTLS first")
            return
        if self.server.user and not self.signed_in:
            self.reply(530, "sign in first")
            return
        if self.sender is not None:
            raise Violation("MAIL within a mail")
        match = re.fullmatch(rb"FROM:" + PATH.pattern + rb"((?: [A-Z0-9=]+)*)", rest, re.I)
        if not match:
            raise Violation(f"MAIL {rest!r}")
        self.sender = match.group(1).decode()
        self.reply(250)

    def do_RCPT(self, rest):
        match = re.fullmatch(rb"TO:" + PATH.pattern, rest, re.I)
        if not match:
            raise Violation(f"RCPT {rest!r}")
        if self.sender is None:
            raise Violation("RCPT before MAIL")
        self.recipients.append(match.group(1).decode())
        self.reply(250)

    def do_DATA(self, rest):
        if not self.recipients or rest:
            raise Violation("DATA without recipients, or with words behind it")
        self.reply(354)
        lines = []
        while (line := self.line(MAX_LINE)) != b".":
            if line is None:
                raise ConnectionError
            lines.append(line[1:] if line.startswith(b".") else line)
        if not self.difficult("END"):
            self.server.keep(self.sender, self.recipients, b"\r\n".join(lines) + b"\r\n")
            if self.server.behaviour("END") == "drop":
                raise ConnectionError
            self.reply(250)
        self.sender, self.recipients = None, []

    def do_RSET(self, rest):
        self.sender, self.recipients = None, []
        self.reply(250)

    def do_NOOP(self, rest):
        self.reply(250)

    def do_QUIT(self, rest):
        self.reply(221)
        return False


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, options):
        super().__init__(("127.0.0.1", 0), Session)
        self.directory = options.directory
        self.implicit = options.implicit
        self.user, self.password = options.user, os.environ.get("SMTP_PASSWORD")
        self.context = None
        self.lock = threading.Lock()
        self.n_mails = 0
        if options.certificate:
            self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.context.load_cert_chain(options.certificate)

    def handle_error(self, request, client_address):
        self.violated(f"{sys.exc_info()[1]!r}")

    def behaviour(self, verb):
        try:
            with open(os.path.join(self.directory, "behaviour")) as file:
                words = dict(line.split() for line in file if line.strip())
        except FileNotFoundError:
            return None
        return words.get(verb)

    def violated(self, text):
        with self.lock, open(os.path.join(self.directory, "violations"), "a") as file:
            file.write(text + "\n")

    def keep(self, sender, recipients, data):
        with self.lock:
            self.n_mails += 1
            stem = os.path.join(self.directory, f"{self.n_mails}")
        with open(stem + ".json", "w") as file:
            json.dump({"from": sender, "to": recipients}, file)
        with open(stem + ".part", "wb") as file:
            file.write(data)
        os.rename(stem + ".part", stem + ".eml")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--certificate")
    parser.add_argument("--implicit", action="store_true")
    parser.add_argument("--user")
    server = Server(parser.parse_args())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening on {server.server_address[1]}", flush=True)
    sys.stdin.read()


main()
