use super::*;

const SERVER: &str = "10.96.0.200";

#[test]
fn our_zones_come_beside_those_of_others() {
    for (before, after) in [
        ("", r#"{"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"]}"#),
        ("{}", r#"{"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"]}"#),
        (
            "{\n  \"z.example\": [\"10.0.0.2\", \"10.0.0.3\"],\n  \"corp.example\": [\"10.0.0.1\"]\n}\n",
            r#"{"corp.example":["10.0.0.1"],"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"],"z.example":["10.0.0.2","10.0.0.3"]}"#,
        ),
        (
            r#"{"maesh":["10.0.0.9"],"windrose.mesh":["10.0.0.9"]}"#,
            r#"{"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"]}"#,
        ),
    ] {
        assert_eq!(patch(before, &Zone::TRAEFIK, SERVER), Ok(Some(after.to_owned())), "{before}");
        assert_eq!(patch(after, &Zone::TRAEFIK, SERVER), Ok(None));
    }
}

#[test]
fn our_zones_go_and_others_stay() {
    for (before, after) in [
        (r#"{"maesh":["10.96.0.200"],"traefik.mesh":["10.96.0.200"]}"#, Some("{}")),
        (
            r#"{"traefik.mesh":["10.96.0.200"],"corp.example":["10.0.0.1"]}"#,
            Some(r#"{"corp.example":["10.0.0.1"]}"#),
        ),
        (r#"{ "corp.example": ["10.0.0.1"] }"#, None),
        ("", None),
        ("what is this", None),
    ] {
        assert_eq!(restore(before).as_deref(), after, "{before}");
    }
}

#[test]
fn what_kube_dns_cannot_read_is_not_written_over() {
    for text in ["corp.example: 10.0.0.1", r#"["corp.example"]"#, r#"{"corp.example":"10.0.0.1"}"#] {
        assert!(matches!(patch(text, &Zone::TRAEFIK, SERVER), Err(StubError::Unreadable(_))), "{text}");
    }
}
