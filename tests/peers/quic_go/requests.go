package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

func get(arguments []string) (seen, error) {
	client, err := connected()
	if err != nil {
		return nil, err
	}
	answer, err := client.ask(http.MethodGet, arguments[0], nil)
	if err != nil {
		return nil, err
	}
	return whole(answer), nil
}

// A body of so many bytes there; the answer says whether the same came back. Without a length it is a stream.
func post(arguments []string) (seen, error) {
	size, err := strconv.Atoi(arguments[0])
	if err != nil {
		return nil, err
	}
	client, err := connected()
	if err != nil {
		return nil, err
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
	var body io.Reader = bytes.NewReader(sent)
	if arguments[1] == "no" {
		body = struct{ io.Reader }{body}
	}
	answer, err := client.ask(http.MethodPost, "/", body)
	if err != nil {
		return nil, err
	}
	came, err := io.ReadAll(answer.Body)
	return seen{"status": answer.StatusCode, "same": bytes.Equal(came, sent), "body": len(came)}, err
}

// So many requests at once, each with a path of its own.
func many(arguments []string) (seen, error) {
	count, err := strconv.Atoi(arguments[0])
	if err != nil {
		return nil, err
	}
	client, err := connected()
	if err != nil {
		return nil, err
	}
	var group sync.WaitGroup
	var lock sync.Mutex
	right := 0
	for number := range count {
		group.Go(func() {
			path := fmt.Sprintf("/%d", number)
			answer, err := client.ask(http.MethodGet, path, nil)
			if err != nil {
				return
			}
			body, err := io.ReadAll(answer.Body)
			if err == nil && string(body) == path {
				lock.Lock()
				right++
				lock.Unlock()
			}
		})
	}
	group.Wait()
	return seen{"right": right}, nil
}

// A request and an answer with fields behind their bodies.
func trailers([]string) (seen, error) {
	client, err := connected()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, "https://a.test/", struct{ io.Reader }{strings.NewReader("body")})
	if err != nil {
		return nil, err
	}
	request.Header.Set("TE", "trailers")
	request.Trailer = http.Header{"X-Sum": {"7"}}
	answer, err := client.http.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	return whole(answer), nil
}

// Opens a WebSocket, sends a text and waits until it comes back, then ends it.
func webSocket([]string) (seen, error) {
	client, err := connected()
	if err != nil {
		return nil, err
	}
	// Whether the other side takes it is known from its settings.
	<-client.http.ReceivedSettings()
	if !client.http.Settings().EnableExtendedConnect {
		return nil, errors.New("there is no extended CONNECT")
	}
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err := client.http.OpenRequestStream(limit)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodConnect, "https://a.test/socket", nil)
	if err != nil {
		return nil, err
	}
	request.Proto = "websocket"
	request.Header.Set("Sec-WebSocket-Version", "13")
	if err := stream.SendRequestHeader(request); err != nil {
		return nil, err
	}
	answer, err := stream.ReadResponse()
	if err != nil {
		return nil, err
	}
	// A text of five bytes under a mask of nothing.
	if _, err := stream.Write([]byte("\x81\x85\x00\x00\x00\x00hello")); err != nil {
		return nil, err
	}
	text := make([]byte, 7)
	if _, err := io.ReadFull(stream, text); err != nil {
		return nil, err
	}
	if err := stream.Close(); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(stream)
	return seen{"status": answer.StatusCode, "text": string(text[2:]), "rest": len(rest)}, err
}
