// Command delay holds packets back for a while: it takes them from a netfilter queue and accepts each one when
// its time has come, in the order in which they came. It serves kernels without the network emulator (netem).
// Packets reach it by a rule with the target NFQUEUE; it never sees what is in them.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// From linux/netfilter/nfnetlink.h and nfnetlink_queue.h.
const (
	netlinkNetfilter   = 12
	subsystemQueue     = 3
	messagePacket      = 0
	messageConfig      = 2
	messageVerdictAll  = 3 // accepts every packet up to the one named
	attrPacketHeader   = 1
	attrVerdictHeader  = 2
	attrConfigCommand  = 1
	attrConfigParams   = 2
	attrConfigMaxLen   = 3
	attrConfigMask     = 4
	attrConfigFlags    = 5
	commandBind        = 1
	copyMetadata       = 1
	flagFailOpen       = 1 << 0
	flagGSO            = 1 << 2
	verdictAccept      = 1
	queueLength        = 65536
	netlinkHeaderBytes = 16
	genericHeaderBytes = 4
)

type heldPacket struct {
	id        uint32
	releaseAt time.Time
}

func main() {
	queue := flag.Uint("queue", 0, "number of the netfilter queue")
	delay := flag.Duration("delay", 0, "how long a packet is held")
	jitter := flag.Duration("jitter", 0, "by how much that varies in either direction")
	flag.Parse()
	if err := run(uint16(*queue), *delay, *jitter); err != nil {
		fmt.Fprintln(os.Stderr, "delay:", err)
		os.Exit(1)
	}
}

func run(queue uint16, delay, jitter time.Duration) error {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, netlinkNetfilter)
	if err != nil {
		return fmt.Errorf("opening a netfilter socket: %w", err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return fmt.Errorf("binding the netfilter socket: %w", err)
	}
	// A burst must not overflow the socket: packets that do are lost. A refusal leaves the usual size.
	_ = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 16<<20)
	if err := configure(socket, queue); err != nil {
		return fmt.Errorf("binding queue %d: %w", queue, err)
	}

	var stopping atomic.Bool
	held := make(chan heldPacket, queueLength)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	hurry := make(chan struct{})
	go func() {
		<-stop
		stopping.Store(true)
		close(hurry)
	}()
	released := make(chan error, 1)
	go func() { released <- release(socket, queue, held, hurry, &stopping) }()
	go func() { released <- receive(socket, held, delay, jitter) }()
	return <-released
}

func configure(socket int, queue uint16) error {
	// Command, padding, protocol family (ignored since Linux 3.8).
	bind := []byte{commandBind, 0, 0, 0}
	params := append(binary.BigEndian.AppendUint32(nil, 0), copyMetadata)
	flags := binary.BigEndian.AppendUint32(nil, flagFailOpen|flagGSO)
	for _, attributes := range [][]byte{
		attribute(attrConfigCommand, bind),
		append(attribute(attrConfigParams, params),
			attribute(attrConfigMaxLen, binary.BigEndian.AppendUint32(nil, queueLength))...),
		append(attribute(attrConfigMask, flags), attribute(attrConfigFlags, flags)...),
	} {
		if err := send(socket, messageConfig, queue, attributes, true); err != nil {
			return err
		}
		if err := awaitAcknowledgement(socket); err != nil {
			return err
		}
	}
	return nil
}

// receive notes for each packet when it may go. No packet overtakes an earlier one.
func receive(socket int, held chan<- heldPacket, delay, jitter time.Duration) error {
	buffer := make([]byte, 1<<20)
	var last time.Time
	for {
		n, _, err := syscall.Recvfrom(socket, buffer, 0)
		if err == syscall.EINTR || err == syscall.ENOBUFS {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the queue: %w", err)
		}
		messages, err := syscall.ParseNetlinkMessage(buffer[:n])
		if err != nil {
			return fmt.Errorf("reading the queue: %w", err)
		}
		for _, message := range messages {
			if message.Header.Type != subsystemQueue<<8|messagePacket {
				continue
			}
			id, found := packetID(message.Data)
			if !found {
				continue
			}
			releaseAt := time.Now().Add(delay + vary(jitter))
			if releaseAt.Before(last) {
				releaseAt = last
			}
			last = releaseAt
			held <- heldPacket{id, releaseAt}
		}
	}
}

func vary(jitter time.Duration) time.Duration {
	if jitter <= 0 {
		return 0
	}
	return time.Duration(rand.Int63n(int64(2*jitter))) - jitter
}

// release accepts packets when their time has come; told to stop, it accepts at once what is held and ends.
func release(
	socket int, queue uint16, held <-chan heldPacket, hurry <-chan struct{}, stopping *atomic.Bool,
) error {
	for {
		var next heldPacket
		select {
		case next = <-held:
		case <-hurry:
			if len(held) == 0 {
				return nil
			}
			next = <-held
		}
		if wait := time.Until(next.releaseAt); wait > 0 && !stopping.Load() {
			select {
			case <-time.After(wait):
			case <-hurry:
			}
		}
		verdict := binary.BigEndian.AppendUint32(nil, verdictAccept)
		verdict = binary.BigEndian.AppendUint32(verdict, next.id)
		if err := send(socket, messageVerdictAll, queue, attribute(attrVerdictHeader, verdict), false); err != nil {
			return fmt.Errorf("accepting a packet: %w", err)
		}
	}
}

func packetID(data []byte) (uint32, bool) {
	if len(data) < genericHeaderBytes {
		return 0, false
	}
	for rest := data[genericHeaderBytes:]; len(rest) >= 4; {
		length := int(binary.NativeEndian.Uint16(rest))
		kind := binary.NativeEndian.Uint16(rest[2:]) & 0x3fff
		if length < 4 || length > len(rest) {
			return 0, false
		}
		if kind == attrPacketHeader && length >= 8 {
			return binary.BigEndian.Uint32(rest[4:]), true
		}
		rest = rest[min(align(length), len(rest)):]
	}
	return 0, false
}

func send(socket int, message, queue uint16, attributes []byte, acknowledge bool) error {
	flags := uint16(syscall.NLM_F_REQUEST)
	if acknowledge {
		flags |= syscall.NLM_F_ACK
	}
	packet := binary.NativeEndian.AppendUint32(nil, uint32(netlinkHeaderBytes+genericHeaderBytes+len(attributes)))
	packet = binary.NativeEndian.AppendUint16(packet, subsystemQueue<<8|message)
	packet = binary.NativeEndian.AppendUint16(packet, flags)
	packet = binary.NativeEndian.AppendUint64(packet, 0) // sequence number and port
	packet = append(packet, syscall.AF_UNSPEC, 0)
	packet = binary.BigEndian.AppendUint16(packet, queue)
	packet = append(packet, attributes...)
	return syscall.Sendto(socket, packet, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
}

func awaitAcknowledgement(socket int) error {
	buffer := make([]byte, 1<<16)
	for {
		n, _, err := syscall.Recvfrom(socket, buffer, 0)
		if err != nil {
			return err
		}
		messages, err := syscall.ParseNetlinkMessage(buffer[:n])
		if err != nil {
			return err
		}
		for _, message := range messages {
			if message.Header.Type != syscall.NLMSG_ERROR || len(message.Data) < 4 {
				continue
			}
			if code := int32(binary.NativeEndian.Uint32(message.Data)); code != 0 {
				return syscall.Errno(-code)
			}
			return nil
		}
	}
}

func attribute(kind uint16, value []byte) []byte {
	length := 4 + len(value)
	encoded := binary.NativeEndian.AppendUint16(nil, uint16(length))
	encoded = binary.NativeEndian.AppendUint16(encoded, kind)
	encoded = append(encoded, value...)
	return append(encoded, make([]byte, align(length)-length)...)
}

func align(length int) int { return (length + 3) &^ 3 }
