package wire

// Payload is one packet: whole lines, separated by newlines.
type Payload struct {
	Data []byte
	// Samples is how many of k6's samples the packet stands for.
	Samples int64
}

// packer collects lines into payloads of bounded size.
type packer struct {
	maxBytes, maxValues int
	emit                func(Payload)
	buffer              []byte
	samples             int64
	values              int
}

// room is how many bytes a line can have so that it still fits the payload at hand.
func (p *packer) room() int {
	if p.full() {
		return 0
	}
	used := len(p.buffer)
	if used > 0 {
		used++ // the newline between
	}
	return p.maxBytes - used
}

func (p *packer) full() bool { return p.maxValues > 0 && p.values >= p.maxValues }

// add appends one line, or several that belong together; one that is longer than any payload gets a payload of its own.
func (p *packer) add(line []byte, samples int64, values int) {
	if len(line) > p.room() {
		p.flush()
	}
	if len(p.buffer) > 0 {
		p.buffer = append(p.buffer, '\n')
	}
	p.buffer = append(p.buffer, line...)
	p.samples += samples
	p.values += values
}

func (p *packer) flush() {
	if len(p.buffer) == 0 {
		return
	}
	p.emit(Payload{Data: p.buffer, Samples: p.samples})
	p.buffer = make([]byte, 0, p.maxBytes)
	p.samples, p.values = 0, 0
}
