package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quic-go/quic-go/http3"
)

// Asks, goes over to another socket with another port, asks again, on one connection.
func migrate(arguments []string) (seen, error) {
	rounds, err := strconv.Atoi(arguments[0])
	if err != nil {
		return nil, err
	}
	client, err := connected()
	if err != nil {
		return nil, err
	}
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	bodies, ports := []string{}, map[string]bool{}
	for round := range rounds + 1 {
		if round > 0 {
			transport, err := socket()
			if err != nil {
				return nil, err
			}
			path, err := client.conn.AddPath(transport)
			if err != nil {
				return nil, err
			}
			if err := path.Probe(limit); err != nil {
				return nil, fmt.Errorf("probing: %w", err)
			}
			if err := path.Switch(); err != nil {
				return nil, fmt.Errorf("switching: %w", err)
			}
		}
		answer, err := client.ask(http.MethodGet, fmt.Sprintf("/%d", round), nil)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, string(body))
		ports[client.conn.LocalAddr().String()] = true
	}
	return seen{"bodies": bodies, "ports": len(ports)}, nil
}

// Asks whenever it is told to on its standard input; `begin` leaves an answer half read, `finish` reads its rest, `refused`
// waits until no further request is taken, and `end` until the connection is over.
func stay([]string) (seen, error) {
	client, err := connected()
	if err != nil {
		return nil, err
	}
	var begun *http.Response
	words := bufio.NewScanner(os.Stdin)
	for words.Scan() {
		word, path, _ := strings.Cut(words.Text(), " ")
		switch word {
		case "ask":
			answer, err := client.ask(http.MethodGet, path, nil)
			if err != nil {
				return nil, err
			}
			show(whole(answer))
		case "begin":
			if begun, err = client.ask(http.MethodGet, path, nil); err != nil {
				return nil, err
			}
			show(seen{"status": begun.StatusCode})
		case "finish":
			show(whole(begun))
		case "refused":
			show(seen{"error": client.refusal(path).Error()})
		default:
			select {
			case <-client.conn.Context().Done():
				return seen{"ended": context.Cause(client.conn.Context()).Error()}, nil
			case <-time.After(patience):
				return nil, errors.New("the connection does not end")
			}
		}
	}
	return nil, errors.New("nobody says what to do")
}

// refusal asks until a request is not even sent. One that is on its way before the other side has said that it takes no more
// may get no answer.
func (client *client) refusal(path string) error {
	for {
		limit, cancel := context.WithTimeout(context.Background(), time.Second)
		request, err := http.NewRequestWithContext(limit, http.MethodGet, "https://a.test"+path, nil)
		if err == nil {
			_, err = client.http.RoundTrip(request)
		}
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// tickets says when one came.
type tickets struct {
	tls.ClientSessionCache
	came chan struct{}
}

func (tickets tickets) Put(name string, state *tls.ClientSessionState) {
	tickets.ClientSessionCache.Put(name, state)
	if state != nil {
		select {
		case tickets.came <- struct{}{}:
		default:
		}
	}
}

// Two connections, the second with the ticket of the first and a request that goes early if it may.
func twice([]string) (seen, error) {
	config, err := settings()
	if err != nil {
		return nil, err
	}
	tickets := tickets{tls.NewLRUClientSessionCache(4), make(chan struct{}, 1)}
	config.ClientSessionCache = tickets
	first, err := connect(config, false)
	if err != nil {
		return nil, err
	}
	answer, err := first.ask(http.MethodGet, "/", nil)
	if err != nil {
		return nil, err
	}
	_ = whole(answer)
	select {
	case <-tickets.came:
	case <-time.After(patience):
		return nil, errors.New("there is no ticket")
	}
	if err := first.http.CloseWithError(0x100, ""); err != nil {
		return nil, err
	}
	second, err := connect(config, true)
	if err != nil {
		return nil, err
	}
	answer, err = second.ask(http3.MethodGet0RTT, "/again", nil)
	if err != nil {
		return nil, err
	}
	result := whole(answer)
	state := second.conn.ConnectionState()
	result["resumed"], result["early"] = state.TLS.DidResume, state.Used0RTT
	return result, nil
}
