use super::*;

fn parsed(line: &str) -> Result<Command, Misuse> {
    parse(line.split_whitespace().map(str::to_owned).collect())
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn without_a_command_all_arguments_are_options() {
    for line in ["", "--api --entryPoints.web.address :80", "--configFile=version"] {
        assert_eq!(parsed(line), Ok(Command::Run(words(line))), "{line}");
    }
}

#[test]
fn commands_come_first() {
    assert_eq!(parsed("run --api"), Ok(Command::Run(words("--api"))));
    assert_eq!(parsed("version"), Ok(Command::Version));
    assert_eq!(parsed("healthcheck --ping"), Ok(Command::Healthcheck(words("--ping"))));
    assert_eq!(parsed("start"), Err(Misuse::Command("start".to_owned())));
    assert_eq!(parsed("version now"), Err(Misuse::Word("now".to_owned())));
}

#[test]
fn help_is_asked_for_in_many_ways() {
    for line in ["help", "-h", "--help", "run --help", "check x.yml -h", "--api --help", "version --help"] {
        assert_eq!(parsed(line), Ok(Command::Help), "{line}");
    }
    assert_eq!(parsed("run -- --help"), Ok(Command::Run(words("-- --help"))));
}

#[test]
fn a_quick_gateway_has_one_target() {
    let quick = |to, listen: Option<&str>, flags| {
        let (listen, flags) = (listen.map(str::to_owned), words(flags));
        Ok(Command::Quick(Quick { to, listen, security: Security::Plain, flags }))
    };
    let server = || Target::Servers(vec![Forward { hosts: Vec::new(), server: "http://x".to_owned() }]);
    assert_eq!(parsed("run --to http://x"), quick(server(), None, ""));
    assert_eq!(parsed("run --to=http://x --listen :1 --api"), quick(server(), Some(":1"), "--api"));
    assert_eq!(parsed("run --demo --listen=[::1]:9"), quick(Target::Demo, Some("[::1]:9"), ""));
    assert_eq!(parsed("run --demo --to http://x"), Err(Misuse::Targets));
    assert_eq!(parsed("run --listen :1"), Err(Misuse::Alone("--listen")));
    assert_eq!(parsed("run --tls"), Err(Misuse::Alone("--tls")));
    assert_eq!(parsed("run --host a"), Err(Misuse::Alone("--host")));
    assert_eq!(parsed("run --to"), Err(Misuse::Value("--to", "http://127.0.0.1:3000")));
    assert_eq!(parsed("run --to="), Err(Misuse::Value("--to", "http://127.0.0.1:3000")));
    let file = "--CONFIGFILE=a.yml";
    assert_eq!(parsed(&format!("run --demo {file}")), Err(Misuse::File(file.to_owned())));
}

#[test]
fn check_takes_files_or_options() {
    let check = |what, format| Ok(Command::Check(Check { what, format }));
    assert_eq!(parsed("check"), check(Checked::Install(vec![]), Format::Text));
    let install = Checked::Install(words("--configFile=a.yml"));
    assert_eq!(parsed("check --configFile=a.yml --format=json"), check(install, Format::Json));
    let files = || Checked::Files(words("a.yml b.toml"));
    assert_eq!(parsed("check a.yml b.toml"), check(files(), Format::Text));
    assert_eq!(parsed("check --format json a.yml b.toml"), check(files(), Format::Json));
    assert_eq!(parsed("check a.yml --api"), Err(Misuse::Both("--api".to_owned())));
    assert_eq!(parsed("check --format xml"), Err(Misuse::Format("xml".to_owned())));
}

#[test]
fn a_quick_gateway_has_a_server_for_each_host() {
    let forwards = |line: &str| match parsed(line) {
        Ok(Command::Quick(Quick { to: Target::Servers(forwards), .. })) => Ok(forwards
            .into_iter()
            .map(|forward| (forward.hosts.join(" "), forward.server))
            .collect::<Vec<_>>()),
        Ok(other) => panic!("{other:?}"),
        Err(misuse) => Err(misuse),
    };
    let to = |pairs: &[(&str, &str)]| {
        Ok(pairs.iter().map(|(host, server)| ((*host).to_owned(), (*server).to_owned())).collect())
    };
    assert_eq!(
        forwards("run --to a.test=http://x:1 --to *.b.test=y:2 --to https://z"),
        to(&[("a.test", "http://x:1"), ("*.b.test", "y:2"), ("", "https://z")])
    );
    assert_eq!(forwards("run --to x --host a --host=b --tls"), to(&[("a b", "x")]));
    assert_eq!(forwards("run --to x --to y"), Err(Misuse::Several));
    assert_eq!(forwards("run --to a=x --to A=y"), Err(Misuse::Twice("a".to_owned())));
    assert_eq!(forwards("run --to a=x --host b"), Err(Misuse::Host));
    assert_eq!(forwards("run --to x --to a=y --host b"), Err(Misuse::Host));
    assert_eq!(forwards("run --to x --host a`)"), Err(Misuse::NoHost("a`)".to_owned())));
    assert_eq!(forwards("run --to =x"), Err(Misuse::NoHost(String::new())));
    assert_eq!(forwards("run --to http://x?a=b"), Err(Misuse::Server("a query")));
    assert_eq!(parsed("run --demo --host a"), Err(Misuse::Host));
}

#[test]
fn a_file_in_place_of_an_option_is_the_configuration() {
    for line in ["run windrose.yml --ping", "windrose.yml --ping"] {
        assert_eq!(parsed(line), Ok(Command::Run(words("--configFile=windrose.yml --ping"))), "{line}");
    }
    assert_eq!(parsed("run conf"), Ok(Command::Run(words("--configFile=conf"))));
    assert_eq!(parsed("run --to x windrose.yml"), Err(Misuse::File("windrose.yml".to_owned())));
    assert_eq!(parsed("run windrose.yml --demo"), Err(Misuse::File("windrose.yml".to_owned())));
}

#[test]
fn a_port_alone_is_one_of_this_machine_and_no_address_to_listen_on() {
    let server = |line: &str| match parsed(line) {
        Ok(Command::Quick(Quick { to: Target::Servers(forwards), .. })) => Ok(forwards[0].server.clone()),
        Ok(other) => panic!("{other:?}"),
        Err(misuse) => Err(misuse),
    };
    for line in ["run --to 17301", "run --to :17301", "run --to a.test=17301", "--to 17301"] {
        assert_eq!(server(line), Ok("127.0.0.1:17301".to_owned()), "{line}");
    }
    for wrong in ["0", "65536", "99999999999"] {
        assert_eq!(server(&format!("run --to {wrong}")), Err(Misuse::Port(wrong.to_owned())));
    }
    assert_eq!(parsed("run --demo --listen 17500"), Err(Misuse::Listen("17500".to_owned())));
    assert_eq!(parsed("run --demo --listen 75000"), Err(Misuse::Port("75000".to_owned())));
    let said = Misuse::Listen("17500".to_owned()).to_string();
    assert!(said.contains("--listen :17500 ") && said.contains("--listen 127.0.0.1:17500 "), "{said}");
}

#[test]
fn options_of_run_are_sent_there() {
    for (line, option) in [
        ("check --to http://x", "--to"),
        ("check --to=http://x", "--to"),
        ("check a.yml --demo", "--demo"),
        ("check --to", "--to"),
    ] {
        assert_eq!(parsed(line), Err(Misuse::OfRun(option, "check")), "{line}");
    }
    assert_eq!(parsed("healthcheck --listen :1"), Err(Misuse::OfRun("--listen", "ask")));
    assert!(parsed("check --tls.x=1").is_ok() && parsed("check -- --to").is_ok());
}

#[test]
fn certificates_are_listed_renewed_and_revoked() {
    let words = |text: &str| parse(text.split(' ').map(str::to_owned).collect());
    let is = |text: &str, action: Action, flags: &[&str]| {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        assert_eq!(words(text), Ok(Command::Certificate(Certificate { action, flags })), "{text}");
    };
    is("cert list", Action::List, &[]);
    is("cert list --configFile=a.yml", Action::List, &["--configFile=a.yml"]);
    is("cert renew a.test", Action::Renew("a.test".into()), &[]);
    is("cert revoke *.a.test --log.level=DEBUG", Action::Revoke("*.a.test".into()), &["--log.level=DEBUG"]);
    for wrong in ["cert", "cert renew", "cert renew --configFile=a.yml", "cert show"] {
        assert_eq!(words(wrong), Err(Misuse::Certificate), "{wrong}");
    }
    assert_eq!(words("cert list more"), Err(Misuse::Word("more".into())));
}

#[test]
fn the_name_of_the_program_may_come_first() {
    for line in ["traefik --api", "/usr/local/bin/traefik --api", "windrose --api", "/windrose run --api"] {
        assert_eq!(parsed(line), Ok(Command::Run(words("--api"))), "{line}");
    }
    assert_eq!(parsed("traefik healthcheck --ping"), Ok(Command::Healthcheck(words("--ping"))));
    assert_eq!(parsed("traefik"), Ok(Command::Run(Vec::new())));
    assert_eq!(parsed("traefik traefik"), Err(Misuse::Command("traefik".to_owned())));
    assert_eq!(parsed("conf/traefik"), Err(Misuse::Command("conf/traefik".to_owned())));
}

#[test]
fn helpers_take_what_they_need_and_no_more() {
    let helper = |helper| Ok(Command::Helper(helper));
    assert_eq!(parsed("init"), helper(Helper::Init(".".into())));
    assert_eq!(parsed("init conf"), helper(Helper::Init("conf".into())));
    assert_eq!(parsed("init a b"), Err(Misuse::Word("b".to_owned())));
    assert_eq!(parsed("init --force"), Err(Misuse::Word("--force".to_owned())));
    assert_eq!(parsed("migrate traefik a.yml"), helper(Helper::Migrate(words("a.yml"))));
    assert_eq!(parsed("migrate traefik --api"), helper(Helper::Migrate(words("--api"))));
    assert!(matches!(parsed("migrate nginx"), Err(Misuse::Helper(_))));
    let manifests = vec!["manifests".into(), "a.yaml".into()];
    assert_eq!(parsed("migrate ingress-nginx manifests a.yaml"), helper(Helper::MigrateNginx(manifests)));
    assert!(matches!(parsed("migrate ingress-nginx"), Err(Misuse::Helper(_))));
    let whole = Cluster { task: Task::MigrateNginx, kubeconfig: None, endpoint: None, namespace: None };
    assert_eq!(parsed("migrate ingress-nginx --cluster"), helper(Helper::Cluster(whole.clone())));
    let of_one =
        Cluster { kubeconfig: Some("a.conf".to_owned()), namespace: Some("shop".to_owned()), ..whole };
    assert_eq!(
        parsed("migrate ingress-nginx --cluster --kubeConfig=a.conf --namespace shop"),
        helper(Helper::Cluster(of_one))
    );
    assert!(parsed("migrate ingress-nginx --kubeConfig=a.conf").is_err());
    assert_eq!(parsed("migrate ingress-nginx --cluster a.yaml"), Err(Misuse::Word("a.yaml".to_owned())));
    let proxy = |listen: &str, endpoint: &str| {
        helper(Helper::DockerProxy { listen: listen.to_owned(), endpoint: endpoint.to_owned() })
    };
    assert_eq!(parsed("docker-proxy"), proxy("127.0.0.1:2375", "unix:///var/run/docker.sock"));
    assert_eq!(parsed("docker-proxy --listen=:1 --endpoint tcp://e:2"), proxy(":1", "tcp://e:2"));
    assert_eq!(parsed("docker-proxy now"), Err(Misuse::Word("now".to_owned())));
    assert_eq!(parsed("completions fish"), helper(Helper::Completions(Shell::Fish)));
    assert_eq!(parsed("completions for -- run --help"), helper(Helper::Complete(words("run --help"))));
    assert!(matches!(parsed("completions tcsh"), Err(Misuse::Helper(_))));
    assert_eq!(parsed("schema routing"), helper(Helper::Schema(Document::Routing)));
    assert!(matches!(parsed("schema"), Err(Misuse::Helper(_))));
    assert_eq!(parsed("man"), helper(Helper::Man));
    assert_eq!(parsed("schema --help"), Ok(Command::Help));
}

#[test]
fn a_request_to_be_explained_comes_with_whoever_knows() {
    let line = |text: &str| parse(text.split('|').map(str::to_owned).collect());
    let Ok(Command::Explain(asked)) = line(
        "explain|https://a.test/|-H|A: b|--header=C: d|-X|POST|--from|::1|--entrypoint=web|--json|--api|gw:8080|--insecure",
    ) else {
        panic!()
    };
    let question = Question {
        url: "https://a.test/".to_owned(),
        method: "POST".to_owned(),
        headers: vec!["C: d".to_owned(), "A: b".to_owned()],
        entry_point: "web".to_owned(),
        from: "::1".to_owned(),
    };
    let api = Api { url: "gw:8080".to_owned(), trust: Trust::Anybody };
    assert_eq!(asked, Explain { question, knows: Knows::Api(api), format: Format::Json });
    for (text, what) in [
        ("explain|http://a/", Checked::Install(vec![])),
        ("explain|http://a/|--configFile=x.yml", Checked::Install(vec!["--configFile=x.yml".to_owned()])),
        ("explain|http://a/|a.yml|b", Checked::Files(vec!["a.yml".to_owned(), "b".to_owned()])),
    ] {
        let Ok(Command::Explain(asked)) = line(text) else { panic!("{text}") };
        assert_eq!(asked.knows, Knows::Configuration(what), "{text}");
    }
    assert_eq!(line("explain"), Err(Misuse::Explain));
    assert_eq!(line("explain|--json"), Err(Misuse::Explain));
    assert_eq!(line("explain|http://a/|--api=x|a.yml"), Err(Misuse::Asked("a.yml".to_owned())));
    assert_eq!(line("explain|http://a/|-H"), Err(Misuse::Value("-H", "Accept:text/html")));
}

#[test]
fn tail_and_top_ask_a_gateway_on_this_machine_unless_told_otherwise() {
    let api = |url: &str, trust| Api { url: url.to_owned(), trust };
    let here = api("http://127.0.0.1:8080", Trust::Known);
    assert_eq!(
        parsed("tail --filter status:5xx --filter host:a --json"),
        Ok(Command::Tail(Tail {
            api: here.clone(),
            filter: "status:5xx host:a".to_owned(),
            format: Format::Json
        }))
    );
    let seconds = Duration::from_secs;
    assert_eq!(
        parsed("top --once --interval 5 --most=3 --api gw --insecure"),
        Ok(Command::Top(Top {
            api: api("gw", Trust::Anybody),
            interval: seconds(5),
            most: 3,
            until: Until::Once
        }))
    );
    assert_eq!(
        parsed("top"),
        Ok(Command::Top(Top { api: here, interval: seconds(2), most: 15, until: Until::Interrupted }))
    );
    assert_eq!(parsed("top --interval 0"), Err(Misuse::Number("--interval", 1, 3600, "0".to_owned())));
    assert_eq!(parsed("tail more"), Err(Misuse::Word("more".to_owned())));
}
