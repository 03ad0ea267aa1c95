"""A server of the Model Context Protocol over Streamable HTTP, for tests. It wants a key and a session, and its tool tells what it was sent."""
import json, os, ssl, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SESSION = "session-1"
SEEN = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self):
        self.reply(405)

    def do_DELETE(self):
        print("deleted", self.headers.get("Mcp-Session-Id"), *filter(None, [self.headers.get("X-Version")]), flush=True)
        self.reply(200)

    def do_POST(self):
        request = json.loads(self.body())
        method = request.get("method")
        SEEN.append({"method": method, "version": self.headers.get_all("X-Version"), "names": self.headers.keys(), "revision": self.headers.get("MCP-Protocol-Version")})
        if "OPEN" not in os.environ and not self.headers.get("Authorization", "").startswith("Bearer canary-"):
            return self.reply(401)
        stateless = "io.modelcontextprotocol/protocolVersion" in ((request.get("params") or {}).get("_meta") or {})
        if method != "initialize" and not stateless and self.headers.get("Mcp-Session-Id") != SESSION:
            return self.reply(404)
        if "id" not in request:
            return self.reply(202)
        if method == "initialize":
            result = {"protocolVersion": request["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "remote", "version": "1"}}
        elif method == "tools/list":
            result = {"tools": [{"name": "echo", "description": "Tells what it was sent", "inputSchema": {"type": "object"}}]}
        elif method == "tools/call":
            result = {"content": [{"type": "text", "text": json.dumps({"authorization": self.headers["Authorization"], "seen": SEEN, "given": request["params"].get("arguments")})}]}
        else:
            result = {"method": method, "params": request.get("params")}
        body = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        if method == "tools/call":
            events = [{"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "first"}}, body]
            text = "".join("event: message\ndata: " + json.dumps(event) + "\n\n" for event in events)
            return self.reply(200, text.encode(), "text/event-stream")
        self.reply(200, json.dumps(body).encode(), Mcp_Session_Id=SESSION)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
