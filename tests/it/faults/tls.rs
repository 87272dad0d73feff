//! Certificates, checked by the real binary: only there can a test's own authority be trusted for
//! HTTPS, as the system's are read from `SSL_CERT_FILE`.

use std::{fs, process::Command};

use tempfile::TempDir;

use crate::world::{receiver::Receiver, tls::Certificate};

/// What `test-notify` says of a webhook with this certificate, and how many requests arrived.
async fn notified(certificate: Certificate, trusted: bool) -> (String, usize) {
    let (receiver, authority) = Receiver::secure(certificate).await;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ca.pem"), authority).unwrap();
    let url = format!("https://localhost:{}/hook", receiver.port());
    let config = format!("[bland]\napi_key = \"k\"\n[notifiers.hook.webhook]\nurl = \"{url}\"\n");
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.current_dir(folder.path()).args(["test-notify", "hook"]).env_clear();
    if trusted {
        command.env("SSL_CERT_FILE", folder.path().join("ca.pem"));
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (String::from_utf8(output.stderr).unwrap(), receiver.requests().len())
}

#[tokio::test]
async fn nothing_is_sent_over_https_unless_the_certificate_is_right() {
    let (said, requests) = notified(Certificate::Good, true).await;
    assert!(said.starts_with("hook: delivered") && requests == 1, "{said}");
    for (certificate, trusted, why) in [
        (Certificate::Good, false, "UnknownIssuer"),
        (Certificate::SelfSigned, true, "BadSignature"),
        (Certificate::WrongName, true, "not valid for name"),
        (Certificate::Expired, true, "expired"),
    ] {
        let (said, requests) = notified(certificate, trusted).await;
        assert!(
            said.contains("not delivered, and would be tried again: cannot connect") && said.contains(why),
            "{said}"
        );
        assert_eq!(requests, 0, "{certificate:?}");
    }
}
