module coredns_reader

go 1.24

require github.com/coredns/caddy v1.1.4

require github.com/flynn/go-shlex v0.0.0-20150515145356-3f9db97f8568 // indirect
