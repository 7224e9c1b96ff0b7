// Package config reads the output's settings: defaults, then k6's JSON configuration, then the environment,
// then the argument of `-o output-statsd=ADDR`; later ones win.
package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// EnvPrefix starts every environment variable of this output.
const EnvPrefix = "K6_STATSD_"

// Config is what the output was told.
type Config struct {
	// Address is host:port for UDP or unix:///path for a unixgram socket.
	Address string
	// Namespace is put before every metric name on the wire; empty, or ends in a dot.
	Namespace string
	// PushInterval is the time between two pushes.
	PushInterval time.Duration
	// BufferSize bounds the values of one packet; 0: the size of the packet alone bounds it.
	BufferSize int
	// EnableTags puts tags on the wire; the ledger always has them.
	EnableTags bool
	// TagBlocklist names tags that are left out of the wire and of the ledger.
	TagBlocklist []string
	// MetricBlocklist names metrics that are left out of the wire; the ledger always has them.
	MetricBlocklist []string
	// ConstTags are added to every series.
	ConstTags map[string]string
	// Ledger and Progress are paths; empty: not written.
	Ledger, Progress string
	// MaxSeries stops the test run when more series exist; 0: no limit.
	MaxSeries int
	// WriteTimeout bounds one blocked write, and the wait for the rest of the queue at the end.
	WriteTimeout time.Duration
}

// Default is what holds when nothing is said.
func Default() Config {
	return Config{
		Address:      "localhost:8125",
		Namespace:    "k6.",
		PushInterval: 100 * time.Millisecond,
		TagBlocklist: []string{"vu", "iter", "url"},
		WriteTimeout: 2 * time.Second,
	}
}

// setting is one name under which a value can be given: jsonKey in k6's configuration file, env in the environment.
type setting struct {
	env, jsonKey string
	set          func(*Config, string) error
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = value
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = splitList(value)
		return nil
	}
}

func wholeNumber(field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a whole number >= 0", value)
		}
		*field(c) = n
		return nil
	}
}

func duration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a duration above 0 such as 100ms or 1s", value)
		}
		*field(c) = d
		return nil
	}
}

var settings = []setting{
	{"K6_STATSD_ADDR", "addr", text(func(c *Config) *string { return &c.Address })},
	{"K6_STATSD_NAMESPACE", "namespace", text(func(c *Config) *string { return &c.Namespace })},
	{"K6_STATSD_PUSH_INTERVAL", "pushInterval", duration(func(c *Config) *time.Duration { return &c.PushInterval })},
	{"K6_STATSD_BUFFER_SIZE", "bufferSize", wholeNumber(func(c *Config) *int { return &c.BufferSize })},
	{"K6_STATSD_ENABLE_TAGS", "enableTags", setEnableTags},
	{"K6_STATSD_TAG_BLOCKLIST", "tagBlocklist", list(func(c *Config) *[]string { return &c.TagBlocklist })},
	{"K6_STATSD_METRIC_BLOCKLIST", "metricBlocklist", list(func(c *Config) *[]string { return &c.MetricBlocklist })},
	{"K6_STATSD_CONST_TAGS", "constTags", setConstTags},
	{"K6_STATSD_LEDGER", "ledger", text(func(c *Config) *string { return &c.Ledger })},
	{"K6_STATSD_PROGRESS", "progress", text(func(c *Config) *string { return &c.Progress })},
	{"K6_STATSD_MAX_SERIES", "maxSeries", wholeNumber(func(c *Config) *int { return &c.MaxSeries })},
	{"K6_STATSD_WRITE_TIMEOUT", "writeTimeout", duration(func(c *Config) *time.Duration { return &c.WriteTimeout })},
}

func setEnableTags(c *Config, value string) error {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	c.EnableTags = on
	return nil
}

func setConstTags(c *Config, value string) error {
	tags := map[string]string{}
	for _, pair := range splitList(value) {
		key, val, found := strings.Cut(pair, ":")
		if !found || key == "" || val == "" {
			return fmt.Errorf("%q is not of the form name:value,name:value", value)
		}
		tags[key] = val
	}
	c.ConstTags = tags
	return nil
}

// Read returns the settings that hold, and the names of environment variables that look like ours but are not.
func Read(jsonConfig json.RawMessage, environment map[string]string, argument string) (Config, []string, error) {
	c := Default()
	if err := readJSON(&c, jsonConfig); err != nil {
		return c, nil, err
	}
	known := map[string]bool{}
	for _, s := range settings {
		known[s.env] = true
		value, given := environment[s.env]
		if !given {
			continue
		}
		if err := s.set(&c, value); err != nil {
			return c, nil, fmt.Errorf("%s: %w", s.env, err)
		}
	}
	if argument != "" {
		c.Address = argument
	}
	if c.Address == "" {
		return c, nil, fmt.Errorf("K6_STATSD_ADDR is empty; give host:port or unix:///path")
	}
	if c.Namespace != "" && !strings.HasSuffix(c.Namespace, ".") {
		c.Namespace += "."
	}
	return c, unknown(environment, known), nil
}

func readJSON(c *Config, raw json.RawMessage) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("collectors.output-statsd: %w", err)
	}
	for _, s := range settings {
		value, given := values[s.jsonKey]
		if !given {
			continue
		}
		delete(values, s.jsonKey)
		if err := s.set(c, jsonText(value)); err != nil {
			return fmt.Errorf("collectors.output-statsd.%s: %w", s.jsonKey, err)
		}
	}
	for key := range values {
		return fmt.Errorf("collectors.output-statsd.%s: no such setting", key)
	}
	return nil
}

// jsonText gives a JSON value the form that the environment would have: a list as a,b and a string without quotes.
func jsonText(raw json.RawMessage) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return strings.Join(many, ",")
	}
	return string(raw)
}

func unknown(environment map[string]string, known map[string]bool) []string {
	var names []string
	for name := range environment {
		if strings.HasPrefix(name, EnvPrefix) && !known[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

func splitList(value string) []string {
	var items []string
	for _, item := range strings.Split(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
