// The contract: what upstream printed in a situation, the stand-in prints in the same situation.
package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func upstreamExposition(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/upstream-metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNamesTypesAndHelpTextsAreUpstreams(t *testing.T) {
	exposition, upstream := recordedSituation(t).scrape(t), upstreamExposition(t)
	for _, prefix := range []string{"# HELP kafka_", "# TYPE kafka_"} {
		expected := lines(upstream, prefix)
		if len(expected) < 16 {
			t.Fatalf("the recording holds only %d lines %q", len(expected), prefix)
		}
		if got := lines(exposition, prefix); !slices.Equal(got, expected) {
			t.Errorf("got:\n%s\nupstream:\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
		}
	}
}

func TestEverySeriesHasUpstreamsLabelsAndValue(t *testing.T) {
	exposition, upstream := recordedSituation(t).scrape(t), upstreamExposition(t)
	withoutBuild := func(line string) bool { return strings.HasPrefix(line, "kafka_exporter_build_info") }
	expected := slices.DeleteFunc(lines(upstream, "kafka_"), withoutBuild)
	got := slices.DeleteFunc(lines(exposition, "kafka_"), withoutBuild)
	if !slices.Equal(got, expected) {
		t.Errorf("got:\n%s\nupstream:\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
	}
}

func TestBuildInfoHasUpstreamsLabels(t *testing.T) {
	values := regexp.MustCompile(`"[^"]*"`)
	names := func(exposition string) string {
		return values.ReplaceAllString(strings.Join(lines(exposition, "kafka_exporter_build_info"), "\n"), `""`)
	}
	if got, expected := names(recordedSituation(t).scrape(t)), names(upstreamExposition(t)); got != expected {
		t.Errorf("got %s, upstream %s", got, expected)
	}
}
