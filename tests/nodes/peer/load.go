package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// result is what came of a load. Whatever is not 200 within ten seconds has failed.
type result struct {
	Sent    int            `json:"sent"`
	Failed  int            `json:"failed"`
	Again   int            `json:"again"` // kept connections that the other side had closed meanwhile
	Lost    int            `json:"lost"`  // connections that the network of the test had no way for
	Slowest int64          `json:"slowest"`
	First   []string       `json:"first"` // the first failures, with the second they came in
	By      map[string]int `json:"by"`    // answers by the name of the server
}

type load struct {
	lock  sync.Mutex
	total result
	began time.Time
	done  chan struct{}
	ended sync.WaitGroup
}

const workers = 8

// start begins; half of the workers keep their connections, the others make one for each request.
func start(url, host string) *load {
	one := &load{began: time.Now(), done: make(chan struct{}), total: result{By: map[string]int{}}}
	for number := range workers {
		one.ended.Add(1)
		go one.work(&http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: number%2 == 1}}, url, host)
	}
	return one
}

func (one *load) stop() result {
	close(one.done)
	one.ended.Wait()
	return one.total
}

func (one *load) work(client *http.Client, url, host string) {
	defer one.ended.Done()
	for {
		select {
		case <-one.done:
			return
		// What everybody gets is few requests a second, not as many as there can be: others measure.
		case <-time.After(20 * time.Millisecond):
			one.send(client, url, host)
		}
	}
}

func (one *load) send(client *http.Client, url, host string) {
	began, connections := time.Now(), 0
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	request.Host = host
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connections++ }}
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	answer, err := client.Do(request)
	// While pods come and go neighbours are unknown for a moment: nobody was asked anything. A refusal is an answer.
	lost := errors.Is(err, syscall.EHOSTUNREACH)
	if lost {
		answer, err = client.Do(request)
	}
	server, wrong := "", ""
	if err != nil {
		wrong = err.Error()
	} else {
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			wrong = err.Error()
		} else if answer.StatusCode != 200 {
			wrong = fmt.Sprintf("%d %s", answer.StatusCode, strings.TrimSpace(string(body)))
		}
		if _, rest, found := strings.Cut(string(body), "Hostname: "); found {
			server, _, _ = strings.Cut(rest, "\n")
		}
	}
	one.lock.Lock()
	defer one.lock.Unlock()
	one.total.Sent++
	if lost {
		one.total.Lost++
	}
	one.total.By[server]++
	one.total.Slowest = max(one.total.Slowest, time.Since(began).Milliseconds())
	one.total.Again += max(connections-1, 0)
	if wrong != "" {
		one.total.Failed++
		if len(one.total.First) < 5 {
			one.total.First = append(one.total.First, fmt.Sprintf("%.1f s, after %d ms: %s", time.Since(one.began).Seconds(), time.Since(began).Milliseconds(), wrong))
		}
	}
}

func loadFromHere(words []string) {
	host := ""
	if len(words) > 1 {
		host = words[1]
	}
	told := stopped()
	one := start(words[0], host)
	<-told
	_ = json.NewEncoder(os.Stdout).Encode(one.stop())
}
