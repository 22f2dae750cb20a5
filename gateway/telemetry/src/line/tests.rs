//! Lines as Traefik 3.7.15 writes them.

use super::*;

/// 2026-11-27 19:10:35.43734413 UTC.
const BEGAN: Duration = Duration::new(1_795_806_635, 437_344_130);

fn header<'a>(of: Of, name: &'a str, value: &'a str) -> Header<'a> {
    Header { of, name: name.as_bytes(), value: value.as_bytes() }
}

fn facts<'a>(headers: &'a [Header<'a>]) -> Facts<'a> {
    Facts {
        began: BEGAN,
        took: Duration::from_nanos(1_098_566),
        origin_took: Some(Duration::from_nanos(948_731)),
        origin_status: 200,
        origin_size: 5,
        status: 200,
        size: 5,
        count: 7,
        peer: Some("127.0.0.1:58246".parse().unwrap()),
        peer_ip: "127.0.0.1",
        address: b"w.test",
        host: b"w.test",
        method: b"GET",
        path: b"/p/q?x=1&y=2",
        protocol: "HTTP/1.1",
        scheme: "http",
        entry_point: "web",
        router: Some("w@file"),
        service: Some(("a@file", "http://127.0.0.1:32795")),
        headers,
        ..Facts::default()
    }
}

fn written(facts: &Facts<'_>, format: Format, kept: &Kept) -> String {
    let mut stamps = Stamps::new();
    let mut out = Vec::new();
    facts.write(format, kept, &mut stamps, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn keeping(headers: Mode) -> Kept {
    let mut kept = Kept::new(Mode::Keep);
    kept.headers.default = headers;
    kept
}

#[test]
fn the_common_format_is_traefiks() {
    let headers =
        [header(Of::Request, "Referer", "http://r/"), header(Of::Request, "User-Agent", "\"q\"\\\t/1")];
    let facts = facts(&headers);
    assert_eq!(
        written(&facts, Format::Common, &Kept::new(Mode::Keep)),
        "127.0.0.1 - - [27/Nov/2026:19:10:35 +0000] \"GET /p/q?x=1&y=2 HTTP/1.1\" 200 5 \"-\" \"-\" 7 \"w@file\" \
         \"http://127.0.0.1:32795\" 1ms\n"
    );
    assert!(
        written(&facts, Format::Common, &keeping(Mode::Keep))
            .contains("5 \"http://r/\" \"\\\"q\\\"\\\t/1\" 7 ")
    );
    let mut kept = keeping(Mode::Keep);
    kept.query = Mode::Drop;
    kept.set(Field::DownstreamStatus, Mode::Drop);
    assert_eq!(
        written(&facts, Format::Generic, &kept),
        "127.0.0.1 - - [27/Nov/2026:19:10:35 +0000] \"GET /p/q HTTP/1.1\" - 5 \"http://r/\" \"\\\"q\\\"\\\t/1\"\n"
    );
    assert_eq!(
        written(&facts, Format::Common, &Kept::new(Mode::Drop)),
        "- - - [-] \"- - -\" - - \"-\" \"-\" - \"-\" \"-\" 0ms\n"
    );
}

#[test]
fn json_has_all_fields_in_order() {
    let headers = [
        header(Of::Downstream, "Set-Cookie", "a=1"),
        header(Of::Downstream, "Set-Cookie", "b=2"),
        header(Of::Origin, "X-Origin", "o"),
        header(Of::Request, "Accept", "*/*"),
    ];
    let mut facts = facts(&headers);
    facts.tls = Some(Secured { version: "1.3", cipher: "TLS13_AES_128_GCM_SHA256", subject: Some("CN=c") });
    let mut kept = keeping(Mode::Keep);
    kept.set(Field::StartLocal, Mode::Drop);
    let line = written(&facts, Format::Json, &kept);
    let (line, time) = line.split_once("\"time\":").unwrap();
    assert!(time.starts_with("\"2026-11-27T19:10:35") && time.ends_with("\"}\n"), "{time}");
    assert_eq!(
        line,
        "{\"ClientAddr\":\"127.0.0.1:58246\",\"ClientHost\":\"127.0.0.1\",\"ClientPort\":\"58246\",\
         \"ClientUsername\":\"-\",\"DownstreamContentSize\":5,\"DownstreamStatus\":200,\"Duration\":1098566,\
         \"OriginContentSize\":5,\"OriginDuration\":948731,\"OriginStatus\":200,\"Overhead\":149835,\
         \"RequestAddr\":\"w.test\",\"RequestContentSize\":0,\"RequestCount\":7,\"RequestHost\":\"w.test\",\
         \"RequestMethod\":\"GET\",\"RequestPath\":\"/p/q?x=1\\u0026y=2\",\"RequestPort\":\"-\",\
         \"RequestProtocol\":\"HTTP/1.1\",\"RequestScheme\":\"http\",\"RetryAttempts\":0,\
         \"RouterName\":\"w@file\",\"ServiceAddr\":\"127.0.0.1:32795\",\"ServiceName\":\"a@file\",\
         \"ServiceURL\":\"http://127.0.0.1:32795\",\"StartUTC\":\"2026-11-27T19:10:35.43734413Z\",\
         \"TLSCipher\":\"TLS_AES_128_GCM_SHA256\",\"TLSClientSubject\":\"CN=c\",\"TLSVersion\":\"1.3\",\
         \"downstream_Set-Cookie\":\"a=1,b=2\",\"entryPointName\":\"web\",\"level\":\"info\",\"msg\":\"\",\
         \"origin_X-Origin\":\"o\",\"request_Accept\":\"*/*\","
    );
}

#[test]
fn what_the_gateway_answers_has_an_origin_of_nothing() {
    let facts = Facts {
        origin_took: None,
        origin_status: 0,
        origin_size: 0,
        status: 404,
        size: 19,
        service: None,
        router: None,
        ..facts(&[])
    };
    let line = written(&facts, Format::Json, &Kept::new(Mode::Keep));
    assert!(line.contains("\"GzipRatio\":0,\"OriginContentSize\":0,\"OriginDuration\":0,\"OriginStatus\":0,\"Overhead\":1098566,"), "{line}");
    assert!(!line.contains("Router") && !line.contains("Service"), "{line}");
    let line = written(&facts, Format::Common, &Kept::new(Mode::Keep));
    assert!(line.ends_with(" 404 19 \"-\" \"-\" 7 \"-\" \"-\" 1ms\n"), "{line}");
}

#[test]
fn whatever_is_sent_it_stays_one_line() {
    let headers = [Header { of: Of::Request, name: b"X-Odd", value: b"a\"\\\n\r\x1b\xff<\xe2\x80\xa8\x00" }];
    let mut facts = facts(&headers);
    facts.path = b"/\n\"\xff";
    for format in [Format::Common, Format::Generic, Format::Json] {
        let line = written(&facts, format, &keeping(Mode::Keep));
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        if format == Format::Json {
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(read["request_X-Odd"], "a\"\\\n\r\u{1b}\u{fffd}<\u{2028}\0");
        }
    }
}

#[test]
fn names_are_spelled_as_everybody_spells_them() {
    for (name, spelled) in
        [("x-real-ip", "X-Real-Ip"), ("SEC-WEBSOCKET-KEY", "Sec-Websocket-Key"), ("a", "A")]
    {
        let mut out = Vec::new();
        canonical(name.as_bytes(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), spelled);
    }
}
