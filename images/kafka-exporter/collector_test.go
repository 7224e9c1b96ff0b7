// What values mean beyond the recorded situation: partitions without offsets, both group protocols, filters, failures.
package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/IBM/sarama"
	"github.com/prometheus/client_golang/prometheus"
)

func expectLines(t *testing.T, exposition, prefix string, expected ...string) {
	t.Helper()
	if got := lines(exposition, prefix); !slices.Equal(got, expected) {
		t.Errorf("got:\n%s\nexpected:\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
	}
}

// A group on `orders` that has committed only on partition 1.
func partlyCommitted(t *testing.T) situation {
	s := recordedSituation(t)
	s.setGroups(map[string]string{"audit": "Classic"})
	s.described.AddGroupDescription("audit", &sarama.GroupDescription{GroupId: "audit", State: "Empty", ProtocolType: "consumer"})
	s.committed.SetOffset("audit", "orders", 1, 10000, "", sarama.ErrNoError)
	return s
}

func TestPartitionWithoutCommittedOffsetCountsInTheSumOfOffsetsOnly(t *testing.T) {
	exposition := partlyCommitted(t).scrape(t)
	expectLines(t, exposition, "kafka_consumergroup_current_offset{",
		`kafka_consumergroup_current_offset{consumergroup="audit",partition="0",topic="orders"} -1`,
		`kafka_consumergroup_current_offset{consumergroup="audit",partition="1",topic="orders"} 10000`,
		`kafka_consumergroup_current_offset{consumergroup="audit",partition="2",topic="orders"} -1`)
	expectLines(t, exposition, "kafka_consumergroup_lag{",
		`kafka_consumergroup_lag{consumergroup="audit",partition="0",topic="orders"} -1`,
		`kafka_consumergroup_lag{consumergroup="audit",partition="1",topic="orders"} 241`,
		`kafka_consumergroup_lag{consumergroup="audit",partition="2",topic="orders"} -1`)
	expectLines(t, exposition, "kafka_consumergroup_current_offset_sum{",
		`kafka_consumergroup_current_offset_sum{consumergroup="audit",topic="orders"} 9998`)
	expectLines(t, exposition, "kafka_consumergroup_lag_sum{",
		`kafka_consumergroup_lag_sum{consumergroup="audit",topic="orders"} 241`)
}

func TestGroupWithoutCommittedOffsetHasMembersOnly(t *testing.T) {
	s := recordedSituation(t)
	s.setGroups(map[string]string{"new": "Classic"})
	s.described.AddGroupDescription("new", &sarama.GroupDescription{GroupId: "new", State: "Stable", ProtocolType: "consumer",
		Members: map[string]*sarama.GroupMemberDescription{"a": {MemberId: "a"}, "b": {MemberId: "b"}}})
	expectLines(t, s.scrape(t), "kafka_consumergroup", `kafka_consumergroup_members{consumergroup="new"} 2`)
}

func TestGroupsOfTheNewProtocol(t *testing.T) {
	s := recordedSituation(t)
	s.setGroups(map[string]string{"modern": "Consumer", "shared": "Share"})
	s.responses["ConsumerGroupDescribeRequest"] = sarama.NewMockConsumerGroupDescribeResponse(t).AddGroupDescription("modern",
		sarama.ConsumerGroupDescription{GroupState: "Stable", Members: []sarama.ConsumerGroupMemberDescription{
			{MemberID: "a", Assignment: sarama.ConsumerGroupAssignment{TopicPartitions: []sarama.ConsumerGroupTopicPartitions{
				{TopicName: "orders", Partitions: []int32{0, 2}}}}}}})
	s.committed.SetOffset("modern", "orders", 0, 10700, "", sarama.ErrNoError)
	s.committed.SetOffset("modern", "orders", 1, 10241, "", sarama.ErrNoError)
	exposition := s.scrape(t, "--no-offset.show-all")
	expectLines(t, exposition, "kafka_consumergroup_members", `kafka_consumergroup_members{consumergroup="modern"} 1`)
	expectLines(t, exposition, "kafka_consumergroup_lag_sum", `kafka_consumergroup_lag_sum{consumergroup="modern",topic="orders"} 7`)
}

func TestOnlyAssignedPartitionsWithoutShowAll(t *testing.T) {
	s := partlyCommitted(t)
	expectLines(t, s.scrape(t, "--no-offset.show-all"), "kafka_consumergroup", `kafka_consumergroup_members{consumergroup="audit"} 0`)
}

func TestFiltersAndExclusions(t *testing.T) {
	exposition := recordedSituation(t).scrape(t, "--topic.filter=^(orders|perf)$", "--topic.exclude=perf", "--group.exclude=bill.*")
	expectLines(t, exposition, "kafka_topic_partitions", `kafka_topic_partitions{topic="orders"} 3`)
	expectLines(t, exposition, "kafka_consumergroup")
	exposition = recordedSituation(t).scrape(t, "--topic.filter=perf", "--group.filter=billing")
	expectLines(t, exposition, "kafka_consumergroup", `kafka_consumergroup_members{consumergroup="billing"} 0`)
}

func TestConstantLabels(t *testing.T) {
	exposition := recordedSituation(t).scrape(t, "--kafka.labels=cluster=lab,zone=a")
	expectLines(t, exposition, "kafka_brokers", `kafka_brokers{cluster="lab",zone="a"} 1`)
}

func TestOldProtocolOnRequest(t *testing.T) {
	s := recordedSituation(t)
	s.responses["ListGroupsRequest"] = sarama.NewMockListGroupsResponse(t).AddGroup("billing", "consumer")
	expectLines(t, s.scrape(t, "--kafka.version=2.0.0"), "kafka_consumergroup_lag_sum",
		`kafka_consumergroup_lag_sum{consumergroup="billing",topic="orders"} 29000`)
}

func TestMovedLeaderIsAskedAgain(t *testing.T) {
	s := recordedSituation(t)
	moved := &sarama.OffsetResponse{Version: 3, Blocks: map[string]map[int32]*sarama.OffsetResponseBlock{
		"orders": {0: {Err: sarama.ErrNotLeaderForPartition}}}}
	s.responses["OffsetRequest"] = sarama.NewMockSequence(moved, s.responses["OffsetRequest"])
	exposition := s.scrape(t, "--kafka.version=2.0.0", "--topic.filter=orders", "--group.filter=none")
	expectLines(t, exposition, `kafka_topic_partition_current_offset{partition="0"`,
		`kafka_topic_partition_current_offset{partition="0",topic="orders"} 10707`)
}

func TestTopicWithAnUnreachablePartitionHasNoSums(t *testing.T) {
	s := recordedSituation(t)
	part := &sarama.OffsetResponse{Version: 3, Blocks: map[string]map[int32]*sarama.OffsetResponseBlock{"orders": {
		0: {Offset: 10707}, 1: {Err: sarama.ErrNotLeaderForPartition}, 2: {Err: sarama.ErrNotLeaderForPartition}}}}
	s.responses["OffsetRequest"] = sarama.NewMockSequence(part)
	s.responses["ListGroupsRequest"] = sarama.NewMockListGroupsResponse(t).AddGroup("billing", "consumer")
	exposition := s.scrape(t, "--kafka.version=2.0.0", "--topic.filter=orders")
	expectLines(t, exposition, "kafka_consumergroup_lag", `kafka_consumergroup_lag{consumergroup="billing",partition="0",topic="orders"} 9707`)
	expectLines(t, exposition, "kafka_consumergroup_current_offset_sum")
}

func TestSimultaneousScrapesShareOneCollection(t *testing.T) {
	s := recordedSituation(t)
	exporter := s.exporter(t)
	reached, release := make(chan struct{}), make(chan struct{})
	s.broker.SetNotifier(func(_, _ int) {
		select {
		case reached <- struct{}{}:
			<-release
		default:
		}
	})
	scrape := func(done *sync.WaitGroup) {
		out := make(chan prometheus.Metric)
		done.Go(func() {
			for range out {
			}
		})
		exporter.Collect(out)
		close(out)
	}
	var done sync.WaitGroup
	done.Go(func() { scrape(&done) })
	<-reached // the first scrape waits for its first answer
	joined := exporter.flight.DoChan("", func() (any, error) { return nil, errors.New("a second collection") })
	close(release)
	if result := <-joined; result.Err != nil || !result.Shared {
		t.Errorf("the second scrape did not share the first one's answer: %+v", result)
	}
	done.Wait()
}

func TestFlagsThatCannotWork(t *testing.T) {
	for name, flags := range map[string][]string{
		"sasl without mechanism":   {"--sasl.enabled", "--sasl.username=u", "--sasl.password=p"},
		"unknown mechanism":        {"--sasl.enabled", "--sasl.mechanism=gssapi", "--sasl.username=u"},
		"certificate without key":  {"--tls.enabled", "--tls.cert-file=main.go"},
		"no certificate authority": {"--tls.enabled", "--tls.ca-file=main.go"},
		"version":                  {"--kafka.version=new"},
	} {
		if _, err := saramaConfig(parse(flags)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSASLMechanisms(t *testing.T) {
	for flag, mechanism := range map[string]sarama.SASLMechanism{
		"plain": sarama.SASLTypePlaintext, "SCRAM-SHA256": sarama.SASLTypeSCRAMSHA256, "scram-sha512": sarama.SASLTypeSCRAMSHA512,
	} {
		config, err := saramaConfig(parse([]string{"--sasl.enabled", "--sasl.username=u", "--sasl.password=p", "--sasl.mechanism=" + flag}))
		if err != nil || config.Net.SASL.Mechanism != mechanism {
			t.Errorf("%s: %v, %+v", flag, err, config)
		}
	}
}

func TestExitsWhenKafkaIsUnreachable(t *testing.T) {
	if os.Getenv("RUN_MAIN") != "" {
		os.Args = []string{"kafka_exporter", "--kafka.server=127.0.0.1:1", "--web.listen-address=127.0.0.1:0"}
		main()
		return
	}
	command := exec.Command(os.Args[0], "-test.run=TestExitsWhenKafkaIsUnreachable")
	command.Env = append(os.Environ(), "RUN_MAIN=1")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(output), "Kafka at 127.0.0.1:1") {
		t.Errorf("%v: %s", err, output)
	}
}
