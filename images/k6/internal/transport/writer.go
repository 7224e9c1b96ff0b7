package transport

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"kafka-load-lab/k6/internal/wire"
)

const (
	// queueBytes bounds what waits for a server that does not read: some 30 s at full load.
	queueBytes = 32 << 20
	// retryPause is the wait before a write is tried again on an error that does not block by itself.
	retryPause = 20 * time.Millisecond
	// UDP has no back-pressure: a longer burst than this, unpaused, overruns the receiver's default buffer (208 KiB).
	udpBurst = 16
	udpPause = time.Millisecond
)

var (
	errQueueFull = errors.New("the queue is full: the StatsD server does not keep up")
	errGaveUp    = errors.New("the StatsD server took nothing any more at the end of the run")
)

// Stats account for every payload that was handed over.
type Stats struct {
	Payloads, Bytes, Samples  int64
	LostPayloads, LostSamples int64
	LastError                 string
	// LongestWrite is the longest that one payload took, waiting and retries included.
	LongestWrite time.Duration
}

// Writer sends payloads in order from a goroutine of its own, so that a slow server holds up nobody else. A server that
// went away is dialled again; payloads wait for it in a bounded queue.
type Writer struct {
	address Address
	timeout time.Duration

	queue   chan wire.Payload
	closing chan struct{}
	done    chan struct{}

	mu    sync.Mutex
	stats Stats

	// of the goroutine alone
	conn     net.Conn
	burst    int
	previous wire.Payload
	gaveUp   bool
}

// Open connects and starts sending; it fails when the address does not resolve or the socket is not there.
func Open(address Address, timeout time.Duration) (*Writer, error) {
	conn, err := address.dial()
	if err != nil {
		return nil, err
	}
	w := &Writer{
		address: address,
		timeout: timeout,
		queue:   make(chan wire.Payload, queueBytes/address.MaxPayload()),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
		conn:    conn,
	}
	go w.run()
	return w, nil
}

// Send queues a payload and returns at once. With a full queue the payload is lost, and counted.
func (w *Writer) Send(payload wire.Payload) {
	select {
	case w.queue <- payload:
	default:
		w.lose(payload, errQueueFull)
	}
}

// Close sends what is queued. It gives up when nothing could be sent for as long as the write timeout.
func (w *Writer) Close() Stats {
	close(w.closing)
	close(w.queue)
	<-w.done
	return w.Stats()
}

// Stats is the account so far.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stats
}

func (w *Writer) run() {
	defer close(w.done)
	for payload := range w.queue {
		started := time.Now()
		w.send(payload)
		w.mu.Lock()
		w.stats.LongestWrite = max(w.stats.LongestWrite, time.Since(started))
		w.mu.Unlock()
		w.pace()
	}
	w.confirm()
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

func (w *Writer) send(payload wire.Payload) {
	if w.gaveUp {
		w.lose(payload, errGaveUp)
		return
	}
	var giveUp time.Time
	for {
		err := w.write(payload.Data)
		if err == nil {
			w.sent(payload)
			return
		}
		if w.isUDP() && errors.Is(err, syscall.ECONNREFUSED) {
			// The kernel reports that nobody listened to the datagram before; this one was not sent yet.
			w.recall(err)
			continue
		}
		if errors.Is(err, syscall.EMSGSIZE) {
			w.lose(payload, err)
			return
		}
		select {
		case <-w.closing:
			if giveUp.IsZero() {
				giveUp = time.Now().Add(w.timeout)
			}
			if time.Now().After(giveUp) {
				w.gaveUp = true
				w.lose(payload, err)
				return
			}
		default:
		}
		w.recover(err)
	}
}

// write blocks up to the timeout while the receiver's queue is full.
func (w *Writer) write(data []byte) error {
	if w.conn == nil {
		conn, err := w.address.dial()
		if err != nil {
			return err
		}
		w.conn = conn
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return err
	}
	_, err := w.conn.Write(data)
	return err
}

// recover prepares the next try: after a time-out the socket is as good as before, and a full device queue (ENOBUFS)
// passes; on anything else the server is gone, and the address is dialled again.
func (w *Writer) recover(err error) {
	w.note(err)
	var netErr net.Error
	if errors.As(err, &netErr) && netErr.Timeout() {
		return
	}
	time.Sleep(retryPause)
	if errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EAGAIN) {
		return
	}
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

func (w *Writer) isUDP() bool { return w.address.network == "udp" }

func (w *Writer) pace() {
	if !w.isUDP() {
		return
	}
	if len(w.queue) == 0 {
		w.burst = 0
		return
	}
	if w.burst++; w.burst >= udpBurst {
		w.burst = 0
		time.Sleep(udpPause)
	}
}

// confirm asks after the last datagram: with nobody listening its refusal waits in the socket.
func (w *Writer) confirm() {
	if !w.isUDP() || w.conn == nil {
		return
	}
	time.Sleep(udpPause)
	raw, err := w.conn.(*net.UDPConn).SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		if code, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR); err == nil && code != 0 {
			w.recall(syscall.Errno(code))
		}
	})
}

func (w *Writer) sent(payload wire.Payload) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.Payloads++
	w.stats.Bytes += int64(len(payload.Data))
	w.stats.Samples += payload.Samples
	w.previous = payload
}

// recall takes back the account of the payload before, which the kernel says did not arrive.
func (w *Writer) recall(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.LastError = err.Error()
	if w.previous.Data == nil {
		return
	}
	w.stats.Payloads--
	w.stats.Bytes -= int64(len(w.previous.Data))
	w.stats.Samples -= w.previous.Samples
	w.stats.LostPayloads++
	w.stats.LostSamples += w.previous.Samples
	w.previous = wire.Payload{}
}

func (w *Writer) lose(payload wire.Payload, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.LostPayloads++
	w.stats.LostSamples += payload.Samples
	w.stats.LastError = err.Error()
}

func (w *Writer) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stats.LastError = err.Error()
}
