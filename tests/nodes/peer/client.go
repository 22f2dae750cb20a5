package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// answer is what the client was answered, or why it was not.
type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body"`
	Error  string      `json:"error,omitempty"`
	Found  []string    `json:"found,omitempty"`
}

// client asks from inside a pod, with the pod's own resolver and network:
//
//	/http?url=URL[&host=HOST][&name=FIELD&value=VALUE] one request on a connection of its own
//	/tcp?address=A&send=LINE                         what comes back
//	/udp?address=A&send=TEXT                         the same
//	/lookup?name=NAME                                addresses of a name
//	/load/start?url=URL, /load/stop                  as `load` does
func client() {
	var running *load
	serve := http.NewServeMux()
	serve.HandleFunc("/http", func(out http.ResponseWriter, in *http.Request) {
		tell(out, ask(in.FormValue("url"), in.FormValue("host"), in.FormValue("name"), in.FormValue("value")))
	})
	serve.HandleFunc("/tcp", func(out http.ResponseWriter, in *http.Request) {
		tell(out, say("tcp", in.FormValue("address"), in.FormValue("send")))
	})
	serve.HandleFunc("/udp", func(out http.ResponseWriter, in *http.Request) {
		tell(out, say("udp", in.FormValue("address"), in.FormValue("send")))
	})
	serve.HandleFunc("/lookup", func(out http.ResponseWriter, in *http.Request) {
		within, cancel := context.WithTimeout(in.Context(), 4*time.Second)
		defer cancel()
		found, err := net.DefaultResolver.LookupHost(within, in.FormValue("name"))
		tell(out, answer{Found: found, Error: reason(err)})
	})
	serve.HandleFunc("/load/start", func(out http.ResponseWriter, in *http.Request) {
		running = start(in.FormValue("url"), in.FormValue("host"))
		tell(out, "started")
	})
	serve.HandleFunc("/load/stop", func(out http.ResponseWriter, _ *http.Request) { tell(out, running.stop()) })
	go func() { log.Fatal(http.ListenAndServe(":8080", serve)) }()
	<-stopped()
}

func tell(out http.ResponseWriter, what any) { _ = json.NewEncoder(out).Encode(what) }

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func ask(url, host, name, value string) answer {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return answer{Error: err.Error()}
	}
	request.Host = host
	if name != "" {
		request.Header.Set(name, value)
	}
	once := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := once.Do(request)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return answer{Status: got.StatusCode, Header: got.Header, Body: string(body), Error: reason(err)}
}

func say(network, address, text string) answer {
	connection, err := net.DialTimeout(network, address, 3*time.Second)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err = io.WriteString(connection, text+"\n"); err != nil {
		return answer{Error: err.Error()}
	}
	back := make([]byte, 4096)
	count, err := connection.Read(back)
	return answer{Body: string(back[:count]), Error: reason(err)}
}
