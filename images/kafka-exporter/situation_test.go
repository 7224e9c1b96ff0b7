// A mock broker in the situation in which upstream's exposition was recorded, and what the exporter says of it.
package main

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Log end offsets in the recorded situation; of __consumer_offsets' 50 partitions only number 9 holds records.
var recorded = map[string][]int64{
	"orders":             {10707, 10241, 9052},
	"perf":               {336763, 324983, 338254},
	"__consumer_offsets": append(append(make([]int64, 9), 6), make([]int64, 40)...),
}

// apiVersions as Kafka 4.1 advertises them, for the requests that the exporter sends.
var apiVersions = []sarama.ApiVersionsResponseKey{
	{ApiKey: 2, MinVersion: 1, MaxVersion: 11}, // ListOffsets
	{ApiKey: 3, MinVersion: 0, MaxVersion: 13}, // Metadata
	{ApiKey: 9, MinVersion: 1, MaxVersion: 10}, // OffsetFetch
	{ApiKey: 15, MinVersion: 0, MaxVersion: 6}, // DescribeGroups
	{ApiKey: 16, MinVersion: 0, MaxVersion: 5}, // ListGroups
	{ApiKey: 18, MinVersion: 0, MaxVersion: 4}, // ApiVersions
	{ApiKey: 69, MinVersion: 0, MaxVersion: 1}, // ConsumerGroupDescribe
}

type situation struct {
	broker    *sarama.MockBroker
	responses map[string]sarama.MockResponse
	committed *sarama.MockOffsetFetchResponse
	described *sarama.MockDescribeGroupsResponse
}

func recordedSituation(t *testing.T) situation {
	t.Helper()
	broker := sarama.NewMockBroker(t, 1)
	t.Cleanup(broker.Close)
	metadata := sarama.NewMockMetadataResponse(t).SetBroker(broker.Addr(), 1).SetController(1)
	offsets := sarama.NewMockOffsetResponse(t)
	for topic, ends := range recorded {
		for partition, end := range ends {
			metadata.SetLeader(topic, int32(partition), 1)
			offsets.SetOffset(topic, int32(partition), sarama.OffsetNewest, end)
			offsets.SetOffset(topic, int32(partition), sarama.OffsetOldest, 0)
		}
	}
	committed := sarama.NewMockOffsetFetchResponse(t)
	for partition, offset := range []int64{1000, 0, 0} {
		committed.SetOffset("billing", "orders", int32(partition), offset, "", sarama.ErrNoError)
	}
	described := sarama.NewMockDescribeGroupsResponse(t).AddGroupDescription("billing",
		&sarama.GroupDescription{GroupId: "billing", State: "Empty", ProtocolType: "consumer"})
	s := situation{broker: broker, committed: committed, described: described, responses: map[string]sarama.MockResponse{
		"ApiVersionsRequest":    sarama.NewMockApiVersionsResponse(t).SetApiKeys(apiVersions),
		"MetadataRequest":       metadata,
		"OffsetRequest":         offsets,
		"DescribeGroupsRequest": described,
		"OffsetFetchRequest":    committed,
	}}
	s.setGroups(map[string]string{"billing": "Classic"})
	return s
}

// setGroups makes the broker coordinate these groups; the values are their types.
func (s situation) setGroups(types map[string]string) {
	response := &sarama.ListGroupsResponse{Version: 5, Groups: map[string]string{}, GroupsData: map[string]sarama.GroupData{}}
	for id, kind := range types {
		response.Groups[id] = "consumer"
		response.GroupsData[id] = sarama.GroupData{GroupState: "Stable", GroupType: kind}
	}
	s.responses["ListGroupsRequest"] = sarama.NewMockWrapper(response)
}

// exporter connects to the broker with these command-line flags.
func (s situation) exporter(t *testing.T, flags ...string) *collector {
	t.Helper()
	s.broker.SetHandlerByMap(s.responses)
	opts := parse(append([]string{"--kafka.server=" + s.broker.Addr()}, flags...))
	config, err := saramaConfig(opts)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sarama.NewClient(opts.servers, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return newCollector(newCluster(client, opts), constLabels(opts.labels))
}

// scrape returns the exposition of an exporter with these command-line flags.
func (s situation) scrape(t *testing.T, flags ...string) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(version.NewCollector("kafka_exporter"), s.exporter(t, flags...))
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(recorder.Body)
	if err != nil || recorder.Code != 200 {
		t.Fatalf("scrape: status %d, %v: %s", recorder.Code, err, body)
	}
	return strings.ReplaceAll(string(body), s.broker.Addr(), "kafka:9092")
}

// lines of an exposition that start with prefix.
func lines(exposition, prefix string) []string {
	var found []string
	for line := range strings.Lines(exposition) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, prefix) {
			found = append(found, line)
		}
	}
	return found
}
