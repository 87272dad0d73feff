"""An SMTP server for tests/smtp.sh: STARTTLS and a login are required, one recipient is refused.

`smtp_server.py DIR` serves until killed and writes each mail to DIR; `--verify DIR` checks what came.
"""
import email
import email.policy
import pathlib
import ssl
import sys
import time


def serve(home):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("gone@"):
                return "550 5.1.1 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            (home / f"{envelope.rcpt_tos[0]}.eml").write_bytes(envelope.content)
            return "250 2.0.0 queued"

    def login(server, session, envelope, mechanism, data):
        # handled=False lets aiosmtpd answer 535; with True it would wait for the client for ever.
        return AuthResult(success=(data.login, data.password) == (b"ringback", b"secret"), handled=False)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(home / "cert.pem", home / "key.pem")
    controller = Controller(
        Handler(), hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True,
        authenticator=login, auth_required=True, auth_require_tls=True,
    )
    # The controller connects to itself to see that it runs, which needs a real port.
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    (home / "port").write_text(str(controller.port))
    while True:
        time.sleep(60)


def verify(home):
    mails = {path.stem: email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
             for path in home.glob("*.eml")}
    assert set(mails) == {"ops@example.com", "boss@example.com"}, sorted(mails)
    for recipient, mail in mails.items():
        assert mail["To"] == recipient, mail["To"]
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@example.com>"), mail["Message-ID"]
        assert "Call failed" in mail["Subject"], mail["Subject"]
        kinds = [part.get_content_type() for part in mail.walk()]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"], kinds
        assert "number not found" in mail["Subject"] + mail.get_body(("plain",)).get_content()
    assert mails["ops@example.com"]["Message-ID"] != mails["boss@example.com"]["Message-ID"]
    print("smtp: 2 mails arrived as they must, 1 recipient was refused")


if __name__ == "__main__":
    if sys.argv[1] == "--verify":
        verify(pathlib.Path(sys.argv[2]))
    else:
        serve(pathlib.Path(sys.argv[1]))
