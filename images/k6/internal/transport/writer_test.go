package transport

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kafka-load-lab/k6/internal/wire"
)

const patience = 10 * time.Second

func payload(i int, size int) wire.Payload {
	text := fmt.Sprintf("k6.n%d:1|c", i)
	return wire.Payload{Data: []byte(text + strings.Repeat("x", max(0, size-len(text)))), Samples: 10}
}

func listenUnix(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func open(t *testing.T, address string, timeout time.Duration) *Writer {
	t.Helper()
	parsed, err := ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(parsed, timeout)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// read gives the next packet, or fails.
func read(t *testing.T, conn net.PacketConn) string {
	t.Helper()
	buffer := make([]byte, 65536)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	n, _, err := conn.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

// awaitError returns when the writer has met an error.
func awaitError(t *testing.T, w *Writer) {
	t.Helper()
	for deadline := time.Now().Add(patience); w.Stats().LastError == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no error came")
		}
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{
		"localhost:8125":                 {"udp", "localhost:8125"},
		"[::1]:8125":                     {"udp", "[::1]:8125"},
		"unix:///run/statsd/statsd.sock": {"unixgram", "/run/statsd/statsd.sock"},
	} {
		got, err := ParseAddress(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"localhost", "localhost:", ":8125", "unix://relative", "http://x:1", ""} {
		if _, err := ParseAddress(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestAMissingSocketIsAnErrorAtOnce(t *testing.T) {
	address, _ := ParseAddress("unix://" + filepath.Join(t.TempDir(), "none.sock"))
	if _, err := Open(address, time.Second); err == nil {
		t.Error("opened")
	}
}

func TestPayloadsArriveInOrderOverBothKindsOfSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for address, server := range map[string]net.PacketConn{
		"unix://" + path: listenUnix(t, path), udp.LocalAddr().String(): udp,
	} {
		w := open(t, address, patience)
		for i := range 100 {
			w.Send(payload(i, 0))
		}
		for i := range 100 {
			if got := read(t, server); got != string(payload(i, 0).Data) {
				t.Fatalf("%s: packet %d is %q", address, i, got)
			}
		}
		stats := w.Close()
		if stats.Payloads != 100 || stats.Samples != 1000 || stats.LostPayloads != 0 || stats.LastError != "" {
			t.Errorf("%s: %+v", address, stats)
		}
	}
}

func TestLocalhostIsTheServerOnIPv4(t *testing.T) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	w := open(t, fmt.Sprint("localhost:", udp.LocalAddr().(*net.UDPAddr).Port), patience)
	w.Send(payload(0, 0))
	if stats := w.Close(); stats.Payloads != 1 {
		t.Errorf("%+v", stats)
	}
	if got := read(t, udp); got != string(payload(0, 0).Data) {
		t.Errorf("%q", got)
	}
}

func TestAServerThatReadsLateLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	server := listenUnix(t, path)
	// Far more than fits the receiver's queue, and time-outs shorter than the server sleeps.
	w := open(t, "unix://"+path, 5*time.Millisecond)
	const packets = 500
	for i := range packets {
		w.Send(payload(i, 8192))
	}
	awaitError(t, w) // at least one write has timed out
	for i := range packets {
		if got := read(t, server); !strings.HasPrefix(got, fmt.Sprintf("k6.n%d:", i)) {
			t.Fatalf("packet %d is %.20q", i, got)
		}
	}
	if stats := w.Close(); stats.Payloads != packets || stats.LostPayloads != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestAServerThatComesBackGetsTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	first := listenUnix(t, path)
	w := open(t, "unix://"+path, patience)
	w.Send(payload(0, 0))
	read(t, first)
	_ = first.Close()
	w.Send(payload(1, 0))
	w.Send(payload(2, 0))
	awaitError(t, w)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second := listenUnix(t, path)
	for i := 1; i <= 2; i++ {
		if got := read(t, second); got != string(payload(i, 0).Data) {
			t.Fatalf("packet %d is %q", i, got)
		}
	}
	if stats := w.Close(); stats.Payloads != 3 || stats.LostPayloads != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestAServerThatNeverReadsIsGivenUpAndCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	listenUnix(t, path)
	w := open(t, "unix://"+path, 20*time.Millisecond)
	const packets = 1000
	for i := range packets {
		w.Send(payload(i, 8192))
	}
	stats := w.Close()
	if stats.LostPayloads == 0 || stats.Payloads+stats.LostPayloads != packets ||
		stats.Samples+stats.LostSamples != packets*10 || !strings.Contains(stats.LastError, "took nothing") {
		t.Errorf("%+v", stats)
	}
}

func TestAFullQueueIsCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	listenUnix(t, path)
	w := open(t, "unix://"+path, 20*time.Millisecond)
	const packets = 3 * queueBytes / unixgramBytes
	for i := range packets {
		w.Send(wire.Payload{Data: []byte(fmt.Sprint(i, strings.Repeat("x", 1000))), Samples: 1})
	}
	if lost := w.Stats(); lost.LostPayloads == 0 || !strings.Contains(lost.LastError, "queue is full") {
		t.Errorf("%+v", lost)
	}
	if stats := w.Close(); stats.Payloads+stats.LostPayloads != packets {
		t.Errorf("%+v", stats)
	}
}

func TestUDPWithoutAListenerIsNoticed(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := server.LocalAddr().String()
	_ = server.Close()
	w := open(t, address, patience)
	for i := range 50 {
		w.Send(payload(i, 0))
	}
	stats := w.Close()
	if stats.LostPayloads == 0 || stats.Payloads+stats.LostPayloads != 50 || !strings.Contains(stats.LastError, "refused") {
		t.Errorf("%+v", stats)
	}
}

func TestADatagramThatIsTooLongIsCountedAndTheNextIsSent(t *testing.T) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	w := open(t, udp.LocalAddr().String(), patience)
	w.Send(payload(0, 70_000))
	w.Send(payload(1, 0))
	if got := read(t, udp); got != string(payload(1, 0).Data) {
		t.Errorf("%.20q", got)
	}
	if stats := w.Close(); stats.LostPayloads != 1 || stats.Payloads != 1 {
		t.Errorf("%+v", stats)
	}
}
