# SPDX-License-Identifier: MIT
"""For fuzz-http: what can be wrong with a request. Everything is decided by the generator of chance it is given."""

import collections
import gzip
import json
import re

HANDSHAKE = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
METHODS = ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT", "PROPFIND", "get", "G\u00c5", "X" * 300]
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOBODYS_ID = "00000000-0000-4000-8000-000000000000"
TEXTS = ["", " ", "0", "-1", "\0", "a\0b", "null", "%s%n%x", "'", "\"; DROP TABLE events; --", "../../../../etc/passwd", "\u200f\u202e",
         "\u00e5\u00e4\u00f6", "\U0001f389" * 40, "a" * 300, "a" * 70000, "\ud800", "\udfff\ud800", "\ufeff", "\uffff", "e\u0301" * 500, "1e400",
         "99999999999999999999999999.99", "-0.00", "0.001", "12,5", "NaN", "\uff11\uff12", "2017-12-13T18:00:00Z",
         "9999-12-31T23:59:60Z", "0000-00-00T00:00:00Z", "2017-12-13T18:00:00+99:99", "-292277-01-01T00:00:00Z",
         "http://[::1", "https://example.com/api/events/" + NOBODYS_ID + "/", "/api/events//", "{" + NOBODYS_ID + "}", "tok_visa",
         "tok_chargeDeclined", "a@b", "a@b.se\r\nBcc: c@d.se", "\r\n\r\n", "true", "[]", "{\"id\":\"" + NOBODYS_ID + "\"}"]
NUMBERS = ["-1", "0", "-0", "1.0", "1.5", "1e0", "1e400", "-1e400", "0.1e-400", "1E+999", "2147483648", "9007199254740993", "9223372036854775807",
           "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 5000, "00", "+1", ".5", "1.", "NaN", "Infinity",
           "0x10"]
QUERY = ["limit", "cursor", "fields", "format", "expand", "code", "query", "event", "organization", "ticket_type", "resource", "user",
         "from", "to", "group_by", "dry_run", "skip_bad", "columns", "delimiter", "mail", "state"]
QUERY_VALUES = ["json", "id", "id,qr", "a", "1", "5000", "5001", "99999999999999999999", "-1", "ticket", "day", "hour", "ticket_type", "true",
                "c1-351", "c1-99999999999999999999", "c0-0", "%00", "%", "%zz", "%ff%fe", "%ed%a0%80", "+", "&", "=", "a" * 5000, "%25s",
                "2017-12-01", "2017-12-01T00:00:00Z", "%7B%22id%22%3A%22x%22%7D", "%e2%80%8f", "comma", "tab", "email,name,-,ticket_type"]
BOUNDARY = "-" * 12 + "x"
TYPES = ["application/json", "application/json; charset=utf-16", "application/json;charset=\"", "text/csv", "text/csv; charset=utf-16",
         "text/tab-separated-values", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
         "multipart/form-data; boundary=" + BOUNDARY, "multipart/form-data; boundary=\"", "multipart/form-data; boundary=" + "a" * 3000,
         "multipart/form-data; boundary=\"a b\\\"c\"; boundary=d", "multipart/mixed; boundary=" + BOUNDARY, "", "/", ";", "text/plain",
         "application/octet-stream", "\u00e5/\u00e4", "a" * 9000]
TAGS = ["*", "\"\"", "W/\"a\"", "\"", "\"a\", \"b\"", "\"0.0\"", "\"" + "a" * 5000 + "\"", ",,,", "\"a.b.c\"", "\"\\\"\""]
HEADERS = {
    "Authorization": ["", "JWT", "JWT ", "JWT a.b.c", "JWT " + "a" * 9000, "JWT eyJhbGciOiJub25lIn0.e30.", "Token", "Token " + "0" * 40, "Token \u00e5",
                      "Door", "Door ", "Door " + "x" * 5000, "Basic YTpi", "Bearer a b", "JWT a b", "\u00e5 b", "jwt x", "Token\tx", "JWT ..", "JWT =.=.="],
    "Prefer": ["respond-async", "respond-async, wait=0", "wait=99999999999999999999", "return=minimal", "=", ",,,;;;", "RESPOND-ASYNC", "wait=-1"],
    "If-Match": TAGS,
    "If-None-Match": TAGS,
    "Idempotency-Key": ["", "a", "same", "same", "a" * 255, "a" * 256, "\u00e5", "\"a\"", "'", "%00"],
    "Accept": ["", "*/*", "application/json", "text/html", "image/png", ",", ";q=1", "a" * 9000, "application/json;q=\u00e5", ",".join(["a/b"] * 200)],
    "Accept-Encoding": ["gzip", "gzip;q=0", "gzip;q=", "gzip;q=nan", "br, gzip;q=1e400", ",;,", "identity", "*"],
    "X-Forwarded-Proto": ["https", "http", "HTTPS", "https, http", "\u00e5", "", "javascript"],
    "X-Forwarded-For": ["1.2.3.4", "::1", "a" * 500],
    "Host": ["", "a", "a:99999", "[::1]:80", "\u00e5", "a b", "a" * 5000, "evil.example/x?y#z", "a\"b<c>", "%00", "a:b:c", "@"],
    "Range": ["bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=0-99999999999999999999", "bytes=0-0,2-3,1-9", "lines=1", "bytes="],
    "Cookie": ["sessionid=x; csrftoken=y", "=;=;", "a" * 5000],
    "Origin": ["http://evil.example", "null", "\u00e5"],
    "Access-Control-Request-Method": ["POST", ""],
    "Stripe-Signature": ["t=1,v1=00", "t=,v1=", "t=99999999999999999999,v1=" + "0" * 64, "v1", ",,,", "t=1,t=2,v1=\u00e5"],
    "Content-Encoding": ["gzip", "deflate", "br", "gzip, gzip", "identity"],
    "Expect": ["100-continue", "200-ok", "100-continue, 100-continue"],
    "Upgrade": ["websocket", "h2c", "TLS/1.0", ""],
    "Connection": ["keep-alive", "close", "Upgrade", "close, keep-alive", "Host"],
    "Date": ["x"],
    "X" * 3000: ["x"],
    "X-Long": ["x" * 30000],
}
FRAMING = [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "x"), ("Content-Length", "-1"),
           ("Content-Length", "0"), ("Content-Length", "1"), ("Content-Length", "99999999999999999999"), ("Content-Length", "1048577"),
           ("Content-Length", "5, 5"), ("Content-Length", "0x10"), ("Content-Length", "")]
CHUNK_SIZES = [b"0", b"-1", b"fffffffffffffffff", b"7fffffffffffffff", b"g", b"", b"1;" + b"x" * 5000, b" 5", b"0x5", b"00000000000000000005"]

Case = collections.namedtuple("Case", "pieces is_patient is_plain is_head")


class Request:
    """What is sent, part by part."""

    def __init__(self, method, target, authorization, body):
        self.method, self.target, self.version = method, target, "HTTP/1.1"
        self.headers = [("Host", "127.0.0.1")]
        self.body = None if body is None else body.encode()
        if authorization:
            self.headers.append(("Authorization", authorization))
        if body is not None:
            self.headers.append(("Content-Type", "application/json" if body[:1] in ("", "{", "[") else "text/csv"))
        self.has_length = body is not None

    def serialize(self):
        headers = list(self.headers)
        if self.has_length:
            headers.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.target} {self.version}", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n"
        return head + (self.body or b"")


class Raw(str):
    """JSON as it is to stand there."""


class Twice(dict):
    """An object whose members stand there twice."""


def dump(value):
    """As json.dumps, but also what JSON forbids."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}:{dump(member)}" for name, member in value.items()]
        return "{" + ",".join(members * (2 if isinstance(value, Twice) else 1)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value)


class Mutator:
    """Makes cases of rows."""

    def __init__(self, rng, words):
        self.rng = rng
        self.ids = sorted({word for word in words if ID.fullmatch(word)}) + [NOBODYS_ID]
        self.words = sorted(word for word in words if len(word) < 60)

    def chance(self, probability):
        return self.rng.random() < probability

    # Bodies

    def make_scalar(self):
        kind = self.rng.randrange(8)
        if kind < 3:
            return self.rng.choice(TEXTS)
        if kind == 3:
            return Raw(self.rng.choice(NUMBERS))
        if kind == 4:
            return self.rng.choice([None, True, False, [], {}, [[]], [None], {"": ""}, {"id": None}])
        if kind == 5:
            depth = self.rng.choice([3, 60, 200, 2000, 100000])
            return Raw(self.rng.choice(["[", "{\"a\":"]) * depth)
        if kind == 6:
            depth = self.rng.choice([3, 60, 200, 5000])
            return Raw("[" * depth + "]" * depth)
        return self.rng.choice([self.rng.choice(self.ids), f"/api/{self.rng.choice(['events', 'ticket-types', 'x'])}/{self.rng.choice(self.ids)}/",
                                self.rng.choice(self.words)])

    def mutate_value(self, value):
        """Somewhere inside, or here."""
        if isinstance(value, dict) and value and not self.chance(0.15):
            name = self.rng.choice(sorted(value))
            kind = self.rng.randrange(10)
            if kind == 0:
                return {other: member for other, member in value.items() if other != name}
            if kind == 1:
                return {**value, self.rng.choice([*TEXTS, "id", "url", "organization", "event"]): self.make_scalar()}
            if kind == 2:
                return Twice(value)
            return {**value, name: self.mutate_value(value[name])}
        if isinstance(value, list) and value and not self.chance(0.15):
            i = self.rng.randrange(len(value))
            if self.chance(0.2):
                return value * self.rng.choice([0, 2, 501])
            return [*value[:i], self.mutate_value(value[i]), *value[i + 1:]]
        return self.make_scalar()

    def mutate_bytes(self, data):
        data = bytearray(data)
        for _ in range(self.rng.randint(1, 4)):
            at = self.rng.randint(0, len(data))
            kind = self.rng.randrange(4)
            if kind == 0:
                del data[at:at + self.rng.randint(1, 8)]
            elif kind == 1 and at < len(data):
                data[at] = self.rng.randrange(256)
            elif kind == 2:
                data[at:at] = self.rng.choice([b"\0", b"\r\n", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\"", b"{", b" " * 100, b":", b"\\u0000", b"\n\n"])
            else:
                data[at:at] = data[:at][-20:]
        return bytes(data)

    def make_form(self, request, value):
        fields = [(name, text if isinstance(text, str) else dump(text)) for name, text in value.items()] if isinstance(value, dict) else []
        fields.append((self.rng.choice(["a", "", "a[]", "\u00e5"]), self.rng.choice(TEXTS)))
        if self.chance(0.5):
            request.headers = [("Content-Type", "application/x-www-form-urlencoded") if name == "Content-Type" else (name, text)
                               for name, text in request.headers]
            request.body = "&".join(f"{name}={text}" for name, text in fields).encode("utf-8", "surrogatepass")
            return
        request.headers = [header for header in request.headers if header[0] != "Content-Type"]
        request.headers.append(("Content-Type", "multipart/form-data; boundary=" + BOUNDARY))
        parts = [f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{self.rng.choice(['', '; filename=x', '; filename*='])}\r\n\r\n{text}\r\n"
                 for name, text in fields]
        end = self.rng.choice([f"--{BOUNDARY}--\r\n", f"--{BOUNDARY}", "", f"--{BOUNDARY}\r\n\r\n"])
        request.body = ("".join(parts) + end).encode("utf-8", "surrogatepass")

    def mutate_body(self, request):
        try:
            value = json.loads(request.body or b"{}")
        except ValueError:
            value = None
        kind = self.rng.randrange(12)
        if kind < 6 and value is not None:
            for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
                value = self.mutate_value(value) if not isinstance(value, Raw) else value
            request.body = dump(value).encode("utf-8", "surrogatepass")
        elif kind < 8:
            request.body = self.mutate_bytes(request.body or b"{}")
        elif kind == 8:
            self.make_form(request, value)
        elif kind == 9:
            request.headers.append(("Content-Encoding", "gzip"))
            request.body = gzip.compress(b"[" * (10 << 20) if self.chance(0.1) else request.body or b"{}", 1)
        elif kind == 10:
            request.body = self.rng.choice([b"", b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b"a,b\n" * 20000, b"\0" * 1000, b"\"" * 999, b"x" * (1 << 20),
                                            b"{" + b" " * (1 << 20) + b"}", b"mail,type\r\n\"", b"mail;type\na@b.se;Merch\n" * 3])
        request.has_length = request.body is not None

    # Targets and headers

    def mutate_target(self, request):
        path, _, query = request.target.partition("?")
        kind = self.rng.randrange(14)
        found = ID.search(path)
        spot = found.group(0) if found else "api"
        if kind < 3:
            path = path.replace(spot, self.rng.choice(self.ids))
        elif kind == 3:
            other = self.rng.choice([spot.replace("-", ""), spot.upper(), "{" + spot + "}", "urn:uuid:" + spot, spot[:-1], spot + "0", spot * 300, "",
                                     "%00", spot + "%00", "%" + spot, "%ff", "\u00e5", "..", "%2e%2e", "%2f", "a" * 60000, "0", "'", "null", " "])
            path = path.replace(spot, other)
        elif kind == 4:
            at = self.rng.randrange(len(path))
            path = path[:at] + f"%{ord(path[at]) & 0xff:02x}" + path[at + 1:]
        elif kind == 5:
            path = self.rng.choice([path.rstrip("/"), path + "/", path.replace("/", "//"), path + "../", path + "%2e%2e/%2e%2e/", path + "x",
                                    "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5c", path.lstrip("/"), "*", "", "/",
                                    "http://127.0.0.1" + path, "http://[", "http://a:b@c:99999" + path, "//", path + "#x", path + ";a=b", "\\" + path])
        if self.chance(0.6):
            pairs = [f"{self.rng.choice(QUERY)}={self.rng.choice([*QUERY_VALUES, *self.ids])}" for _ in range(self.rng.randint(1, 4))]
            query = "&".join([*([query] if query and self.chance(0.7) else []), *pairs])
        elif self.chance(0.1):
            query = self.rng.choice(["&&&", "=", "a" * 30000, "&".join(["limit=1"] * 2000), "%", "limit", "\u00e5=\u00e5", "?", "limit=1#x"])
        request.target = path + ("?" + query if query else "")

    def mutate_headers(self, request):
        for _ in range(self.rng.randint(1, 4)):
            name = self.rng.choice([*HEADERS, "Content-Type"])
            value = self.rng.choice(TYPES if name == "Content-Type" else HEADERS[name])
            if self.chance(0.5):
                request.headers = [header for header in request.headers if header[0] != name]
            request.headers.append((name, value))
        if self.chance(0.03):
            request.headers += [(f"X-{i}", "x") for i in range(self.rng.choice([100, 2000]))]

    # Framing

    def make_chunks(self, request):
        request.has_length = False
        request.headers.append(("Transfer-Encoding", "chunked"))
        body, request.body = request.body or b"{}", None
        half = len(body) // 2
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
        if self.chance(0.4):
            return [request.serialize(), chunks + b"0\r\n" + (b"Trailer: x\r\n" if self.chance(0.3) else b"") + b"\r\n"], True
        bad = self.rng.choice(CHUNK_SIZES) + b"\r\n" + body + b"\r\n0\r\n\r\n"
        return [request.serialize(), self.rng.choice([bad, chunks + bad, chunks, chunks[:-2]])], False

    def make_frames(self):
        frames = b""
        for _ in range(self.rng.randint(1, 5)):
            data = self.rng.randbytes(self.rng.choice([0, 1, 125, 126, 500]))
            size = self.rng.choice([bytes([0x80 | min(len(data), 125)]), b"\xfe" + len(data).to_bytes(2, "big"), b"\xff" + self.rng.randbytes(8),
                                    bytes([min(len(data), 125)])])
            frames += bytes([self.rng.choice([0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x00, 0x80, 0xc1, 0xf1, 0x83, 0x8f])]) + size + self.rng.randbytes(4) + data
        return frames

    def make_stream(self, request):
        request.method = "GET"
        request.headers += HANDSHAKE
        if self.chance(0.3):
            i = self.rng.randrange(len(request.headers))
            request.headers[i] = (request.headers[i][0], self.rng.choice(["", "x", "\u00e5", "0"]))
        return [request.serialize(), self.make_frames(), *([None] if self.chance(0.3) else [])]

    def make_broken(self, request):
        """Something is wrong with what is around the body. Returns: pieces, whether to wait without saying that it is all."""
        data = request.serialize()
        kind = self.rng.randrange(8)
        if kind == 0:
            return [data[:self.rng.randint(1, len(data))]], False
        if kind == 1:
            return [data[:self.rng.randint(1, len(data))], None], False
        if kind == 2:
            return [data, None], False
        if kind == 3:
            return [data * self.rng.randint(2, 5)], False
        if kind == 4:
            return [self.mutate_bytes(data)], False
        if kind == 5:
            request.has_length = request.body is not None and self.chance(0.3)
            request.headers.append(self.rng.choice(FRAMING))
            return [request.serialize()], False
        if kind == 6:
            request.version = self.rng.choice(["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/9.9", "", "HTTP/1.1 x", "ICY", "HTTP/1.99999999999"])
            return [request.serialize()], False
        at = self.rng.randint(1, len(data))
        return [data[:at], data[at:]], True

    def make(self, method, path, who, body, is_stream):
        request = Request(method, path, who, body)
        if is_stream and self.chance(0.7):
            return Case(self.make_stream(request), False, False, False)
        if self.chance(0.12):
            request.method = self.rng.choice(METHODS)
        if self.chance(0.45):
            self.mutate_target(request)
        if self.chance(0.35):
            self.mutate_headers(request)
        if body is not None and self.chance(0.75) or self.chance(0.05):
            self.mutate_body(request)
        is_head = request.method == "HEAD"
        if self.chance(0.08):
            pieces, is_patient = self.make_chunks(request)
            return Case(pieces, is_patient, False, is_head)
        if self.chance(0.15):
            pieces, is_patient = self.make_broken(request)
            return Case(pieces, is_patient, False, is_head)
        return Case([request.serialize()], not self.chance(0.1), False, is_head)
