"""A debugger's front-end, as small as it can be: the Debug Adapter Protocol on the control channel."""

import time

from harness import of_cell


class Debug:
    """One debugger of one kernel."""

    def __init__(self, kernel, attach=True):
        self.kernel = kernel
        self.seq = 0
        self.seen = len(kernel.log)
        if attach:
            self.capabilities = self.ask("initialize", clientID="test")
            self.ask("attach")

    def send(self, command, **arguments):
        self.seq += 1
        content = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        return self.kernel.ask("debug_request", content, channel="control")

    def reply(self, msg_id, seconds=20):
        return self.kernel.reply(msg_id, time.monotonic() + seconds, channel="control")["content"]

    def replies(self, msg_ids, seconds=20):
        """Responses in whatever order they come."""
        end, found = time.monotonic() + seconds, {}
        while len(found) < len(msg_ids):
            message = self.kernel.kc.get_control_msg(timeout=max(0.05, end - time.monotonic()))
            if message["parent_header"].get("msg_id") in msg_ids:
                found[message["parent_header"]["msg_id"]] = message["content"]
        return [found[msg_id] for msg_id in msg_ids]

    def request(self, command, **arguments):
        """The whole response."""
        return self.reply(self.send(command, **arguments))

    def ask(self, command, **arguments):
        response = self.request(command, **arguments)
        if not response["success"]:
            raise AssertionError(f"{command}: {response['message']}")
        return response["body"]

    def path(self, code):
        return self.ask("dumpCell", code=code)["sourcePath"]

    def breakpoints(self, code, *lines, path=None, **rules):
        """Sets breakpoints on lines of a cell, or of a file; gives the lines where they are."""
        wanted = [{"line": line, **rules} for line in lines]
        found = self.ask("setBreakpoints", source={"path": path or self.path(code)}, breakpoints=wanted)["breakpoints"]
        return [each["line"] for each in found]

    def execute(self, code, **options):
        return self.kernel.kc.execute(code, allow_stdin=False, **options)

    def event(self, name, seconds=20):
        """The body of the next event of that name; None where none comes."""
        end = time.monotonic() + seconds
        while True:
            log = self.kernel.log
            while self.seen < len(log):
                message = log[self.seen]
                self.seen += 1
                if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                    return message["content"]["body"]
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.kernel.until(lambda message: message["msg_type"] == "debug_event" and message not in log[: self.seen], 0.1)

    def stopped(self, seconds=20):
        """Where it stops next: the frames, innermost first, as (name, file's name or cell, line)."""
        body = self.event("stopped", seconds)
        if body is None:
            return None
        self.reason = body["reason"]
        self.stop = body
        return self.frames()

    def frames(self):
        self.stack = self.ask("stackTrace", threadId=1)["stackFrames"]
        return [(frame["name"], frame["source"]["name"], frame["line"]) for frame in self.stack]

    def at(self, seconds=20):
        """The line at which it stops next."""
        frames = self.stopped(seconds)
        return frames[0][2] if frames else None

    def scopes(self, frame=0):
        """Names and values under each heading."""
        found = self.ask("scopes", frameId=self.stack[frame]["id"])["scopes"]
        return {scope["name"]: self.values(scope["variablesReference"]) for scope in found}

    def values(self, reference):
        return {each["name"]: each["value"] for each in self.ask("variables", variablesReference=reference)["variables"]}

    def evaluate(self, expression, frame=0, **options):
        return self.ask("evaluate", expression=expression, frameId=self.stack[frame]["id"], **options)["result"]

    def result(self, msg_id, seconds=30):
        """How a cell ended."""
        self.kernel.until_idle(msg_id, time.monotonic() + seconds)
        messages = [message for message in self.kernel.log if of_cell(message, msg_id)]
        text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
        return self.kernel.reply(msg_id)["content"], text

    def end(self):
        self.request("disconnect")
