// The clients that load what wrk and h2load cannot: TLS handshakes, datagrams, HTTP/3; and connections that stay.
//
//	loader handshakes PORT CA SECONDS full|resumed
//	loader h3         PORT CA SECONDS CONNECTIONS STREAMS
//	loader hold       PORT CA h2|h3 COUNT
//	loader datagrams  PORT SECONDS CLIENTS WINDOW SIZE
//	loader echo       PORT
//
// Talks to 127.0.0.1:PORT, trusts the certificates in the file CA, and prints what was done as one line of JSON. Whatever
// is not answered as it has to be ends the program with 1. `echo` answers datagrams and `hold` keeps its connections until
// standard input ends or the program is stopped; both say `ready` first.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	patience = 20 * time.Second
	name     = "localhost"
	bodySize = 1024
)

type done struct {
	Done    int     `json:"done"`
	Lost    int     `json:"lost"`
	Seconds float64 `json:"seconds"`
}

var commands = map[string]struct {
	words int
	run   func(arguments []string) (any, error)
}{
	"handshakes": {4, handshakes},
	"h3":         {5, requests},
	"hold":       {4, hold},
	"datagrams":  {5, datagrams},
	"echo":       {1, echo},
}

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("there is no command"))
	}
	command, known := commands[os.Args[1]]
	if !known || len(os.Args) != 2+command.words {
		fail(fmt.Errorf("there is no command %v", os.Args[1:]))
	}
	result, err := command.run(os.Args[2:])
	if err != nil {
		fail(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// settings are those of a client that trusts the file and offers one group, so that all servers compute the same.
func settings(file string, protocols ...string) (*tls.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, errors.New("there is no certificate")
	}
	return &tls.Config{
		ServerName:       name,
		RootCAs:          authorities,
		NextProtos:       protocols,
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519},
	}, nil
}

func numbers(words []string) ([]int, error) {
	numbers := make([]int, len(words))
	for i, word := range words {
		number, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		numbers[i] = number
	}
	return numbers, nil
}

// during runs `count` workers until the time is over; each does one thing after the other, and the first that fails ends
// the run.
func during(seconds, count int, work func(worker int) (func() error, error)) (done, error) {
	steps := make([]func() error, count)
	for i := range steps {
		step, err := work(i)
		if err != nil {
			return done{}, err
		}
		steps[i] = step
	}
	var (
		group  sync.WaitGroup
		counts = make([]int, count)
		errs   = make([]error, count)
		begun  = time.Now()
		end    = begun.Add(time.Duration(seconds) * time.Second)
	)
	for i := range count {
		group.Go(func() {
			for time.Now().Before(end) && errs[i] == nil {
				if errs[i] = steps[i](); errs[i] == nil {
					counts[i]++
				}
			}
		})
	}
	group.Wait()
	all := done{Seconds: time.Since(begun).Seconds()}
	for _, count := range counts {
		all.Done += count
	}
	return all, errors.Join(errs...)
}
