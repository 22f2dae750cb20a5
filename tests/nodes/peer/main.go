// The one program of the pods of tests/nodes: what it is called with says what it does.
//
//	pause                       holds the namespaces of a pod, and buries what dies in it
//	whoami [-port P] [-name N]  says by HTTP what it was asked, in the words of traefik/whoami
//	echo [-port P]              sends back by TCP what it is sent, in the words of traefik/whoamitcp
//	datagrams [-port P]         the same by UDP
//	client                      asks for others, as it is told to (client.go)
//	get URL, say A LINE         asks once, and prints what comes back
//	load URL [HOST]             asks until it is stopped, and says what came of it (load.go)
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: peer pause|whoami|echo|datagrams|client|load")
		os.Exit(2)
	}
	switch words := os.Args[2:]; os.Args[1] {
	case "pause":
		pause()
	case "whoami":
		whoami(words)
	case "echo":
		echo(words)
	case "datagrams":
		datagrams(words)
	case "client":
		client()
	case "get":
		once(ask(words[0], "", "", ""))
	case "say":
		once(say("tcp", words[0], words[1]))
	case "load":
		loadFromHere(words)
	default:
		fmt.Fprintln(os.Stderr, "peer: unknown:", os.Args[1])
		os.Exit(2)
	}
}

func once(what answer) {
	if what.Error != "" {
		log.Fatal(what.Error)
	}
	fmt.Print(what.Body)
}

func pause() {
	told := make(chan os.Signal, 8)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for one := range told {
		if one != syscall.SIGCHLD {
			return
		}
		for {
			if id, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); id <= 0 || err != nil {
				break
			}
		}
	}
}

// stopped is closed when the pod is asked to end.
func stopped() <-chan os.Signal {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	return told
}
