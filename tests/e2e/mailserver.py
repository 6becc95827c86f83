"""A mail server on loopback that keeps what it is given."""

import email
import email.policy
import threading

from aiosmtpd.controller import Controller

from peers import free_port


class Mailbox:
    """`answers` are the replies to the next messages, e.g. "451 4.3.0 later"; afterwards they are accepted."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = []
        self.mails = []
        self.attempts = 0
        self.server = Controller(self, hostname="127.0.0.1", port=free_port())
        self.server.start()

    async def handle_DATA(self, _server, _session, envelope):
        with self.lock:
            self.attempts += 1
            answer = self.answers.pop(0) if self.answers else "250 2.0.0 Ok: queued as 4XkQ9"
            if answer.startswith("250"):
                self.mails.append((envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return answer

    def url(self):
        return f"smtp://127.0.0.1:{self.server.port}"

    def to(self, recipient):
        """The messages for one address, in the order of their coming."""
        with self.lock:
            return [mail for envelope, mail in self.mails if envelope.rcpt_tos == [recipient]]

    def close(self):
        self.server.stop()
