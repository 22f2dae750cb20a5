package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

// Like a server that people run in clusters it goes on for a moment after it was asked to end, for not everybody has
// heard yet that it will be gone, and then finishes what it began. `-leave 0s` does not.
func whoami(words []string) {
	flags := flag.NewFlagSet("whoami", flag.ExitOnError)
	port := flags.String("port", "80", "where it listens")
	name := flags.String("name", os.Getenv("WHOAMI_NAME"), "a name to answer with")
	leave := flags.Duration("leave", 8*time.Second, "how long it goes on when it is asked to end")
	_ = flags.Parse(words)

	host, _ := os.Hostname()
	server := &http.Server{Addr: ":" + *port, Handler: http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		log.Print(in.Method, " ", in.URL.Path)
		if *name != "" {
			fmt.Fprintln(out, "Name:", *name)
		}
		fmt.Fprintln(out, "Hostname:", host)
		for _, address := range addresses() {
			fmt.Fprintln(out, "IP:", address)
		}
		fmt.Fprintln(out, "RemoteAddr:", in.RemoteAddr)
		_ = in.Write(out)
	})}
	told := stopped()
	go func() { log.Fatal(server.ListenAndServe()) }()
	<-told
	time.Sleep(*leave)
	ending, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = server.Shutdown(ending)
}

func addresses() []string {
	var all []string
	found, _ := net.InterfaceAddrs()
	for _, one := range found {
		if network, ok := one.(*net.IPNet); ok {
			all = append(all, network.IP.String())
		}
	}
	return all
}
