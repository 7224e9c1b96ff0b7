package aggregate

import (
	"fmt"
	"sort"
	"strings"
)

const exampleCount = 5

// SeriesLimit says which tag made the series too many.
type SeriesLimit struct {
	Limit, Series int
	// Tag is the tag with most distinct Values; Examples are some of them, the newest.
	Tag      string
	Values   int
	Examples []string
}

func newSeriesLimit(limit int, series []*Series) *SeriesLimit {
	values := map[string]map[string]bool{}
	newest := map[string][]string{}
	for _, s := range series {
		for _, tag := range s.Tags {
			if values[tag.Key] == nil {
				values[tag.Key] = map[string]bool{}
			}
			if !values[tag.Key][tag.Value] {
				values[tag.Key][tag.Value] = true
				newest[tag.Key] = append(newest[tag.Key], tag.Value)
			}
		}
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	found := &SeriesLimit{Limit: limit, Series: len(series)}
	for _, name := range names {
		if len(values[name]) > found.Values {
			found.Tag, found.Values = name, len(values[name])
		}
	}
	all := newest[found.Tag]
	found.Examples = append([]string{}, all[max(0, len(all)-exampleCount):]...)
	return found
}

// Error says what to change in the script.
func (l *SeriesLimit) Error() string {
	return fmt.Sprintf(
		"more than %d series (metrics with their tags): tag %q has %d values, for example %s; "+
			"give requests with dynamic URLs a `name` tag, or raise K6_STATSD_MAX_SERIES",
		l.Limit, l.Tag, l.Values, strings.Join(l.Examples, " | "))
}
