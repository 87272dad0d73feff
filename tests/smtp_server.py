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
             for path in home.glob("*.eml") if ".ascii@" not in path.stem and ".utf8@" not in path.stem}
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
    for key in ("rsa", "ed25519"):
        for words in ("ascii", "utf8"):
            verify_signed(home, key, words)
    print("smtp: 4 signed mails arrived, and dkimpy finds their signatures right")


def verify_signed(home, key, words):
    import dkim

    def valid(mail):
        public = (home / f"{key}.pub").read_text().strip()
        record = f"v=DKIM1; k={key}; p={public}".encode()

        def dns(name, timeout=5):
            assert name == f"{key}._domainkey.example.com.".encode(), name
            return record

        try:
            return dkim.DKIM(mail).verify(dnsfunc=dns)
        except dkim.ValidationError:
            return False

    recipient = f"{key}.{words}@example.com"
    raw = (home / f"{recipient}.eml").read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/plain"], kinds
    body = mail.get_body(("plain",)).get_content()
    assert (mail["Subject"] + body).isascii() == (words == "ascii"), body
    assert mail["List-Unsubscribe"] == f"<https://example.com/leave?who={recipient.replace('@', '%40')}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == f"<{key}.ringback.calls.example.com>"
    assert "Ended call" in next(mail.iter_attachments()).get_content()
    assert valid(raw), recipient
    # Spaces may change on the way; nothing else may.
    assert valid(raw.replace(b"\r\n\r\n", b" \r\n\r\n", 1)) and valid(raw + b"\r\n\r\n")
    head, _, rest = raw.partition(b"\r\n\r\n")
    for name, changed in {
        "another word": raw.replace(b"Ended call", b"Ended cell"),
        "a word more": raw + b"more\r\n",
        "another way out": raw.replace(b"example.com/leave", b"evil.example/leave"),
        "no way out": raw.replace(b"List-Unsubscribe:", b"X-Unsubscribe:"),
        "a second subject": head + b"\r\nSubject: mine\r\n\r\n" + rest,
        "a reply elsewhere": head + b"\r\nReply-To: me@evil.example\r\n\r\n" + rest,
    }.items():
        assert changed != raw and not valid(changed), f"{recipient}: {name}"


if __name__ == "__main__":
    if sys.argv[1] == "--verify":
        verify(pathlib.Path(sys.argv[2]))
    else:
        serve(pathlib.Path(sys.argv[1]))
