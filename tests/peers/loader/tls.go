package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// So many connections are made at the same time.
const dialers = 16

// Nobody has this host, so that the proxy answers by itself.
var question = []byte("GET / HTTP/1.1\r\nHost: unknown.bench.test\r\nConnection: close\r\n\r\n")

// handshakes makes a connection, asks once, so that both sides know that it stands, and closes it.
func handshakes(arguments []string) (any, error) {
	numbers, err := numbers([]string{arguments[0], arguments[2]})
	if err != nil {
		return nil, err
	}
	resumed := arguments[3] == "resumed"
	config, err := settings(arguments[1])
	if err != nil {
		return nil, err
	}
	return during(numbers[1], dialers, func(int) (func() error, error) {
		config := config.Clone()
		config.SessionTicketsDisabled = !resumed
		if resumed {
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			if err := shake(numbers[0], config, false); err != nil {
				return nil, err
			}
		}
		return func() error { return shake(numbers[0], config, resumed) }, nil
	})
}

func shake(port int, config *tls.Config, resumed bool) error {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	client := tls.Client(conn, config)
	if _, err := client.Write(question); err != nil {
		return err
	}
	answer, err := io.ReadAll(client)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 404 ")) {
		return fmt.Errorf("answered %.40q", answer)
	}
	if client.ConnectionState().DidResume != resumed {
		return fmt.Errorf("resumed: %t", !resumed)
	}
	return nil
}
