// Package tagging turns k6's tag sets into the tags that a series is known by: label-safe names, no blocked tags,
// no empty values, the constant tags added, sorted by name.
package tagging

import (
	"sort"
	"strings"

	"go.k6.io/k6/v2/metrics"
)

// Tag is one tag; Key is a valid label name, Value is as k6 has it.
type Tag struct{ Key, Value string }

// Tags is sorted by Key; keys are unique.
type Tags []Tag

// Rules say which tags a series keeps.
type Rules struct {
	blocked  map[string]bool
	constant map[string]string
}

// NewRules makes rules; constant tags win over a sample's own of the same name and are never blocked.
func NewRules(blocklist []string, constant map[string]string) Rules {
	r := Rules{blocked: map[string]bool{}, constant: map[string]string{}}
	for _, name := range blocklist {
		r.blocked[name] = true
	}
	for name, value := range constant {
		r.constant[LabelName(name)] = value
	}
	return r
}

// Apply returns the tags of a sample's tag set.
func (r Rules) Apply(set *metrics.TagSet) Tags {
	labels := make(map[string]string, 12)
	for name, value := range set.Map() {
		// An empty value is the same as no label to Prometheus, and breaks a StatsD line.
		if value != "" && !r.blocked[name] {
			labels[LabelName(name)] = value
		}
	}
	return r.finish(labels)
}

// Only returns the constant tags and one more.
func (r Rules) Only(name, value string) Tags {
	return r.finish(map[string]string{name: value})
}

func (r Rules) finish(labels map[string]string) Tags {
	for name, value := range r.constant {
		labels[name] = value
	}
	tags := make(Tags, 0, len(labels))
	for name, value := range labels {
		tags = append(tags, Tag{name, value})
	}
	sort.Slice(tags, func(i, j int) bool { return tags[i].Key < tags[j].Key })
	return tags
}

// Get returns the value of a tag, "" when there is none.
func (t Tags) Get(name string) string {
	for _, tag := range t {
		if tag.Key == name {
			return tag.Value
		}
	}
	return ""
}

// Identity is a string that is equal for equal tags only.
func (t Tags) Identity() string {
	var b strings.Builder
	for _, tag := range t {
		b.WriteString(tag.Key)
		b.WriteByte(0)
		b.WriteString(tag.Value)
		b.WriteByte(0)
	}
	return b.String()
}

// LabelName makes a tag's name a Prometheus label name, as statsd_exporter would. Names that Prometheus keeps for
// itself (le, quantile, __x) would make the exporter refuse the metric or panic: they get the prefix tag_.
func LabelName(name string) string {
	var b strings.Builder
	for i, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			b.WriteRune(c)
		case c >= '0' && c <= '9':
			if i == 0 {
				b.WriteByte('_')
			}
			b.WriteRune(c)
		default:
			b.WriteByte('_')
		}
	}
	label := b.String()
	if label == "" || label == "le" || label == "quantile" || strings.HasPrefix(label, "__") {
		return "tag_" + label
	}
	return label
}
