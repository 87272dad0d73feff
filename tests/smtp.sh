#!/usr/bin/env bash
# Sends a real mail to a mail server that is not ours (aiosmtpd, over TLS with a login) and reads it back.
set -euo pipefail
cd "$(dirname "$0")/.."

home="$(mktemp -d)"
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$home"' EXIT

python3 -m venv "$home/venv"
"$home/venv/bin/pip" install --quiet aiosmtpd==1.4.6

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
"$home/venv/bin/python" tests/smtp_server.py --verify "$home"
