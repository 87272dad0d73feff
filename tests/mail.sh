#!/usr/bin/env bash
# Writes mails of every kind and gives their HTML to two checkers: html-validate for what is no HTML, and
# caniemail for what mail programs do not know. With a folder as argument, the pages stay there to be looked at.
set -euo pipefail
cd "$(dirname "$0")/.."

home="$(mktemp -d)"
trap 'rm -rf "$home"' EXIT
pages="${1:-$home/pages}"
mkdir -p "$home/mails" "$pages"

cp tests/mail_check.mjs "$home/"
npm install --prefix "$home" --no-save --no-audit --no-fund --loglevel=error html-validate@10.17.0 caniemail@1.0.5 >/dev/null

RINGBACK_TEST_MAILS="$home/mails" cargo test --quiet --locked --test it notify::mails >/dev/null

# Taken apart by a parser that is not ours; images are put beside the pages.
python3 - "$home/mails" "$pages" <<'PYTHON'
import email, email.policy, pathlib, sys
mails, pages = map(pathlib.Path, sys.argv[1:])
for path in sorted(mails.glob("*.eml")):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail.get_content_type() == "multipart/alternative", path.name
    assert mail.get_body(("plain",)).get_content().strip(), path.name
    html = mail.get_body(("html",)).get_content()
    for image in (part for part in mail.walk() if part.get_content_maintype() == "image"):
        id, name = image["Content-ID"].strip("<>"), f"{path.stem}.png"
        assert f'"cid:{id}"' in html, f"{path.name}: nothing shows {id}"
        (pages / name).write_bytes(image.get_content())
        html = html.replace(f"cid:{id}", name)
    assert "cid:" not in html, f"{path.name}: an image is not there"
    (pages / f"{path.stem}.html").write_text(html)
PYTHON

node "$home/mail_check.mjs" "$pages"
