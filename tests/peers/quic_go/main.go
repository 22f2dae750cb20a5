// An HTTP/3 client of another make (quic-go) for tests of HTTP/3.
//
//	quic_go SCENARIO PORT CA [ARGUMENT ...]
//
// Runs one scenario against 127.0.0.1:PORT, trusting the authority in the file CA, and prints what it saw as one line of
// JSON. It knows nothing of what is right: that is the test's to say.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

const patience = 20 * time.Second

type seen map[string]any

var scenarios = map[string]func(arguments []string) (seen, error){
	"get":        get,
	"post":       post,
	"many":       many,
	"trailers":   trailers,
	"web_socket": webSocket,
	"migrate":    migrate,
	"stay":       stay,
	"twice":      twice,
}

func main() {
	scenario := scenarios[os.Args[1]]
	if scenario == nil {
		fail(fmt.Errorf("there is no scenario %s", os.Args[1]))
	}
	result, err := scenario(os.Args[4:])
	if err != nil {
		fail(err)
	}
	show(result)
}

func show(result seen) {
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

// A client is one connection.
type client struct {
	conn *quic.Conn
	http *http3.ClientConn
}

// settings are those of a client that knows one host.
func settings() (*tls.Config, error) {
	text, err := os.ReadFile(os.Args[3])
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, errors.New("there is no certificate of an authority")
	}
	return &tls.Config{ServerName: "a.test", RootCAs: authorities, NextProtos: []string{http3.NextProtoH3}}, nil
}

// connect speaks from a socket of its own; early is whether requests may go before the handshake is over.
func connect(config *tls.Config, early bool) (*client, error) {
	transport, err := socket()
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return nil, err
	}
	context, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	dial := transport.Dial
	if early {
		dial = transport.DialEarly
	}
	conn, err := dial(context, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, config, &quic.Config{})
	if err != nil {
		return nil, err
	}
	return &client{conn, (&http3.Transport{DisableCompression: true}).NewClientConn(conn)}, nil
}

func socket() (*quic.Transport, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	return &quic.Transport{Conn: conn}, err
}

func connected() (*client, error) {
	config, err := settings()
	if err != nil {
		return nil, err
	}
	return connect(config, false)
}

func (client *client) ask(method, path string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequest(method, "https://a.test"+path, body)
	if err != nil {
		return nil, err
	}
	return client.http.RoundTrip(request)
}

// whole reads an answer to its end.
func whole(answer *http.Response) seen {
	body, err := io.ReadAll(answer.Body)
	result := seen{"status": answer.StatusCode, "head": answer.Header, "trailers": answer.Trailer, "body": string(body)}
	if err != nil {
		result["broken"] = err.Error()
	}
	return result
}
