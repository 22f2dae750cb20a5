package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
)

// So many datagrams are read and written in one call.
const batch = 32

// A datagram begins with the number of its client and its own.
const headSize = 16

// datagrams keeps `window` datagrams of each client under way: for each that comes back, which has to be what was sent,
// another one is sent. Those that do not come back within a second are lost, and others are sent in their place.
func datagrams(arguments []string) (any, error) {
	numbers, err := numbers(arguments)
	if err != nil {
		return nil, err
	}
	port, seconds, clients, window, size := numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
	if window > batch || size < headSize {
		return nil, fmt.Errorf("at most %d under way, of %d bytes at least", batch, headSize)
	}
	var (
		group  sync.WaitGroup
		counts = make([]done, clients)
		errs   = make([]error, clients)
		begun  = time.Now()
		end    = begun.Add(time.Duration(seconds) * time.Second)
	)
	for i := range clients {
		group.Go(func() { counts[i], errs[i] = exchange(port, i, window, size, end) })
	}
	group.Wait()
	all := done{Seconds: time.Since(begun).Seconds()}
	for _, count := range counts {
		all.Done += count.Done
		all.Lost += count.Lost
	}
	return all, errors.Join(errs...)
}

func exchange(port, number, window, size int, end time.Time) (done, error) {
	var count done
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return count, err
	}
	defer conn.Close()
	var (
		packets        = ipv4.NewPacketConn(conn)
		out, in        = messages(window, size), messages(window, size+1)
		sent, underway = uint64(0), 0
	)
	for {
		if time.Now().Before(end) {
			fresh := out[:window-underway]
			for _, message := range fresh {
				binary.BigEndian.PutUint64(message.Buffers[0], uint64(number))
				binary.BigEndian.PutUint64(message.Buffers[0][8:], sent)
				sent++
			}
			for len(fresh) > 0 {
				written, err := packets.WriteBatch(fresh, 0)
				if err != nil {
					return count, err
				}
				fresh = fresh[written:]
			}
			underway = window
		} else if underway == 0 {
			return count, nil
		}
		if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			return count, err
		}
		got, err := packets.ReadBatch(in, 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			count.Lost += underway
			underway = 0
			continue
		}
		if err != nil {
			return count, err
		}
		for _, message := range in[:got] {
			answer := message.Buffers[0][:message.N]
			if len(answer) != size || binary.BigEndian.Uint64(answer) != uint64(number) ||
				!bytes.Equal(answer[headSize:], out[0].Buffers[0][headSize:]) {
				return count, fmt.Errorf("client %d was answered %d bytes that are not its own", number, len(answer))
			}
			// Those that were given up may come late.
			if underway > 0 {
				underway--
				count.Done++
			}
		}
	}
}

// echo sends every datagram back to whoever sent it.
func echo(arguments []string) (any, error) {
	numbers, err := numbers(arguments)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: numbers[0]})
	if err != nil {
		return nil, err
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		return nil, err
	}
	packets := ipv4.NewPacketConn(conn)
	room := messages(batch, 65_535)
	fmt.Println("ready")
	for {
		got, err := packets.ReadBatch(room, 0)
		if err != nil {
			return nil, err
		}
		back := make([]ipv4.Message, got)
		for i, message := range room[:got] {
			back[i] = ipv4.Message{Buffers: [][]byte{message.Buffers[0][:message.N]}, Addr: message.Addr}
		}
		for len(back) > 0 {
			written, err := packets.WriteBatch(back, 0)
			if err != nil {
				return nil, err
			}
			back = back[written:]
		}
	}
}

func messages(count, size int) []ipv4.Message {
	messages := make([]ipv4.Message, count)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, size)}
	}
	return messages
}
