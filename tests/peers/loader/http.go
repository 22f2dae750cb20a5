package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/http2"
)

type asker interface {
	RoundTrip(*http.Request) (*http.Response, error)
}

// requests asks over HTTP/3, with so many streams on each of so many connections.
func requests(arguments []string) (any, error) {
	numbers, err := numbers([]string{arguments[0], arguments[2], arguments[3], arguments[4]})
	if err != nil {
		return nil, err
	}
	port, seconds, connections, streams := numbers[0], numbers[1], numbers[2], numbers[3]
	conns := make([]asker, connections)
	for i := range conns {
		socket, err := socket()
		if err != nil {
			return nil, err
		}
		if conns[i], err = overQuic(socket, port, arguments[1]); err != nil {
			return nil, err
		}
	}
	return during(seconds, connections*streams, func(worker int) (func() error, error) {
		conn := conns[worker%connections]
		return func() error { return ask(conn) }, nil
	})
}

// hold opens connections of which each asks once, and keeps them.
func hold(arguments []string) (any, error) {
	numbers, err := numbers([]string{arguments[0], arguments[3]})
	if err != nil {
		return nil, err
	}
	var held []asker
	socket, err := socket()
	if err != nil {
		return nil, err
	}
	for range numbers[1] {
		var conn asker
		switch arguments[2] {
		case "h2":
			conn, err = overTLS(numbers[0], arguments[1])
		case "h3":
			conn, err = overQuic(socket, numbers[0], arguments[1])
		default:
			err = errors.New("h2 and h3 are known")
		}
		if err == nil {
			err = ask(conn)
		}
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", len(held), err)
		}
		held = append(held, conn)
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return nil, err
	}
	// They must still be there, or nothing was measured.
	for i, conn := range held {
		if err := ask(conn); err != nil {
			return nil, fmt.Errorf("connection %d was lost: %w", i, err)
		}
	}
	return done{Done: len(held)}, nil
}

func ask(conn asker) error {
	request, err := http.NewRequest(http.MethodGet, "https://"+name+"/", nil)
	if err != nil {
		return err
	}
	answer, err := conn.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	size, err := io.Copy(io.Discard, answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || size != bodySize {
		return fmt.Errorf("answered %d with %d bytes", answer.StatusCode, size)
	}
	return nil
}

func socket() (*quic.Transport, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	return &quic.Transport{Conn: conn}, err
}

func overQuic(socket *quic.Transport, port int, ca string) (asker, error) {
	config, err := settings(ca, http3.NextProtoH3)
	if err != nil {
		return nil, err
	}
	context, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	conn, err := socket.Dial(context, address, config, &quic.Config{MaxIdleTimeout: 5 * time.Minute})
	if err != nil {
		return nil, err
	}
	return (&http3.Transport{DisableCompression: true}).NewClientConn(conn), nil
}

func overTLS(port int, ca string) (asker, error) {
	config, err := settings(ca, http2.NextProtoTLS)
	if err != nil {
		return nil, err
	}
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), config)
	if err != nil {
		return nil, err
	}
	return (&http2.Transport{DisableCompression: true}).NewClientConn(conn)
}
