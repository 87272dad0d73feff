#!/usr/bin/env bash
# Sends real mails to a mail server that is not ours (aiosmtpd, over TLS with a login), reads them back, and
# has their signatures checked by dkimpy.
set -euo pipefail
cd "$(dirname "$0")/.."

home="$(mktemp -d)"
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$home"' EXIT

python3 -m venv "$home/venv"
"$home/venv/bin/pip" install --quiet aiosmtpd==1.4.6 dkimpy==1.1.8 pynacl==1.5.0

# A certificate authority and a leaf: rustls refuses a self-signed end entity.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$home/ca.key" -out "$home/ca.pem" -days 2 -subj /CN=test-ca \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$home/key.pem" -out "$home/leaf.csr" -subj /CN=localhost 2>/dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' >"$home/ext"
openssl x509 -req -in "$home/leaf.csr" -CA "$home/ca.pem" -CAkey "$home/ca.key" -CAcreateserial -days 2 \
    -extfile "$home/ext" -out "$home/cert.pem" 2>/dev/null

"$home/venv/bin/python" tests/smtp_server.py "$home" &
server=$!
for _ in $(seq 100); do [ -s "$home/port" ] && break; sleep 0.1; done
port="$(cat "$home/port")"

cat >"$home/config.toml" <<TOML
[bland]
api_key = "unused"

[notifiers.team.email]
smtp = "smtp://ringback:secret@localhost:$port?tls=required"
from = "Ringback <ringback@example.com>"
to = ["ops@example.com", "boss@example.com", "gone@example.com"]
ca_file = "ca.pem"
TOML

# One recipient is refused for good; the two others get their mail.
if cargo run --quiet --locked -- --config "$home/config.toml" test-notify team --event call.failed; then
    echo "the refused recipient should have made this fail" >&2
    exit 1
fi

# Signed with either kind of key, with words in ASCII and beyond, with a way out and a transcript.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$home/rsa.pem" 2>/dev/null
openssl genpkey -algorithm ed25519 -out "$home/ed25519.pem"
openssl pkey -in "$home/rsa.pem" -pubout -outform DER | base64 -w0 >"$home/rsa.pub"
openssl pkey -in "$home/ed25519.pem" -pubout -outform DER | tail -c 32 | base64 -w0 >"$home/ed25519.pub"
mkdir -p "$home/ascii/layouts" "$home/utf8"
for form in subject.hbs txt.hbs html.hbs; do
    echo 'Call {{call.id}} ended after {{duration call.duration_seconds}}' >"$home/ascii/layouts/email.$form"
done
for words in ascii utf8; do
    printf '[bland]\napi_key = "unused"\n[templates]\ndir = "%s"\n' "$words" >"$home/$words.toml"
    for key in rsa ed25519; do
        cat >>"$home/$words.toml" <<TOML
[notifiers.$key.email]
smtp = "smtp://ringback:secret@localhost:$port?tls=required"
from = "Ringback <ringback@calls.example.com>"
to = ["$key.$words@example.com"]
ca_file = "ca.pem"
unsubscribe = "https://example.com/leave?who={recipient}"
transcript = "attach"
dkim = { domain = "example.com", selector = "$key", key_file = "$key.pem" }
TOML
        cargo run --quiet --locked -- --config "$home/$words.toml" test-notify "$key" --event call.completed
    done
done
"$home/venv/bin/python" tests/smtp_server.py --verify "$home"
