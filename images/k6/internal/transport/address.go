// Package transport sends payloads to a StatsD server over a unixgram socket or UDP, and accounts for every one.
package transport

import (
	"fmt"
	"net"
	"strings"
)

// Address is where the server listens.
type Address struct {
	network, address string
}

const (
	// A datagram on a Unix socket is copied once by the kernel and never fragmented.
	unixgramBytes = 8192
	// An Ethernet frame's 1500 bytes less the headers of IPv6 and UDP, and some for tunnels.
	udpBytes = 1432
)

// ParseAddress reads host:port (UDP) or unix:///path (unixgram).
func ParseAddress(text string) (Address, error) {
	if path, isUnix := strings.CutPrefix(text, "unix://"); isUnix {
		if !strings.HasPrefix(path, "/") {
			return Address{}, fmt.Errorf("%q: a socket is given as unix:///path/of/socket", text)
		}
		return Address{"unixgram", path}, nil
	}
	if strings.Contains(text, "://") {
		return Address{}, fmt.Errorf("%q: the address is host:port for UDP, or unix:///path/of/socket", text)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || port == "" {
		return Address{}, fmt.Errorf("%q: the address is host:port for UDP, or unix:///path/of/socket", text)
	}
	return Address{"udp", text}, nil
}

// MaxPayload is the greatest payload in bytes that travels well.
func (a Address) MaxPayload() int {
	if a.network == "unixgram" {
		return unixgramBytes
	}
	return udpBytes
}

func (a Address) String() string {
	if a.network == "unixgram" {
		return "unix://" + a.address
	}
	return a.address
}

func (a Address) dial() (net.Conn, error) {
	if a.network == "unixgram" {
		return net.DialUnix("unixgram", nil, &net.UnixAddr{Net: "unixgram", Name: a.address})
	}
	// Resolved apart, because that prefers IPv4: "localhost" must find a server on 127.0.0.1, and a UDP socket to ::1
	// opens without complaint.
	resolved, err := net.ResolveUDPAddr("udp", a.address)
	if err != nil {
		return nil, err
	}
	return net.DialUDP("udp", nil, resolved)
}
