package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
)

func echo(words []string) {
	listener, err := net.Listen("tcp", ":"+port(words))
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer connection.Close()
			for lines := bufio.NewScanner(connection); lines.Scan(); {
				fmt.Fprintln(connection, reply(lines.Text()))
			}
		}()
	}
}

func datagrams(words []string) {
	socket, err := net.ListenPacket("udp", ":"+port(words))
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 65536)
	for {
		count, from, err := socket.ReadFrom(buffer)
		if err != nil {
			log.Fatal(err)
		}
		_, _ = socket.WriteTo([]byte(reply(string(buffer[:count]))), from)
	}
}

func port(words []string) string {
	flags := flag.NewFlagSet("peer", flag.ExitOnError)
	port := flags.String("port", "8080", "where it listens")
	_ = flags.Parse(words)
	return *port
}

// reply is what traefik/whoamitcp and whoamiudp say.
func reply(said string) string {
	said = strings.TrimSpace(said)
	if said != "WHO" {
		return "Received: " + said
	}
	host, _ := os.Hostname()
	return "Hostname: " + host + "\nIP: " + strings.Join(addresses(), "\nIP: ") + "\n"
}
