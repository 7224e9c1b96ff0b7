// The metrics: names, labels, help texts and values exactly as upstream's (testdata/upstream-metrics.txt).
package main

import (
	"log"
	"slices"
	"strconv"

	"github.com/IBM/sarama"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"
)

type collector struct {
	cluster *cluster
	flight  singleflight.Group

	brokers, brokerInfo, topicPartitions                             *prometheus.Desc
	currentOffset, oldestOffset, leader, replicas, inSync            *prometheus.Desc
	leaderIsPreferred, underReplicated                               *prometheus.Desc
	groupOffset, groupOffsetSum, groupLag, groupLagSum, groupMembers *prometheus.Desc
}

func newCollector(cluster *cluster, labels prometheus.Labels) *collector {
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc("kafka_"+name, help, variable, labels)
	}
	return &collector{
		cluster:           cluster,
		brokers:           desc("brokers", "Number of Brokers in the Kafka Cluster."),
		brokerInfo:        desc("broker_info", "Information about the Kafka Broker.", "id", "address"),
		topicPartitions:   desc("topic_partitions", "Number of partitions for this Topic", "topic"),
		currentOffset:     desc("topic_partition_current_offset", "Current Offset of a Broker at Topic/Partition", "topic", "partition"),
		oldestOffset:      desc("topic_partition_oldest_offset", "Oldest Offset of a Broker at Topic/Partition", "topic", "partition"),
		leader:            desc("topic_partition_leader", "Leader Broker ID of this Topic/Partition", "topic", "partition"),
		replicas:          desc("topic_partition_replicas", "Number of Replicas for this Topic/Partition", "topic", "partition"),
		inSync:            desc("topic_partition_in_sync_replica", "Number of In-Sync Replicas for this Topic/Partition", "topic", "partition"),
		leaderIsPreferred: desc("topic_partition_leader_is_preferred", "1 if Topic/Partition is using the Preferred Broker", "topic", "partition"),
		underReplicated:   desc("topic_partition_under_replicated_partition", "1 if Topic/Partition is under Replicated", "topic", "partition"),
		groupOffset:       desc("consumergroup_current_offset", "Current Offset of a ConsumerGroup at Topic/Partition", "consumergroup", "topic", "partition"),
		groupOffsetSum:    desc("consumergroup_current_offset_sum", "Current Offset of a ConsumerGroup at Topic for all partitions", "consumergroup", "topic"),
		groupLag:          desc("consumergroup_lag", "Current Approximate Lag of a ConsumerGroup at Topic/Partition", "consumergroup", "topic", "partition"),
		groupLagSum:       desc("consumergroup_lag_sum", "Current Approximate Lag of a ConsumerGroup at Topic for all partitions", "consumergroup", "topic"),
		groupMembers:      desc("consumergroup_members", "Amount of members in a consumer group", "consumergroup"),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		c.brokers, c.brokerInfo, c.topicPartitions, c.currentOffset, c.oldestOffset, c.leader, c.replicas, c.inSync,
		c.leaderIsPreferred, c.underReplicated, c.groupOffset, c.groupOffsetSum, c.groupLag, c.groupLagSum, c.groupMembers,
	} {
		out <- desc
	}
}

// Collect implements prometheus.Collector. Scrapes that come while one is under way share its answer.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	metrics := c.collect
	if !c.cluster.concurrently {
		metrics = func() []prometheus.Metric {
			shared, _, _ := c.flight.Do("", func() (any, error) { return c.collect(), nil })
			return shared.([]prometheus.Metric)
		}
	}
	for _, metric := range metrics() {
		out <- metric
	}
}

// sample list that a scrape fills.
type samples []prometheus.Metric

func (s *samples) add(desc *prometheus.Desc, value float64, labels ...string) {
	*s = append(*s, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...))
}

func (c *collector) collect() []prometheus.Metric {
	var out samples
	brokers := c.cluster.client.Brokers()
	out.add(c.brokers, float64(len(brokers)))
	for _, broker := range brokers {
		out.add(c.brokerInfo, 1, strconv.Itoa(int(broker.ID())), broker.Addr())
	}
	topics, err := c.cluster.partitions()
	if err != nil {
		log.Printf("Cannot get topics: %v", err)
		return out
	}
	newest := c.cluster.listOffsets(topics, sarama.OffsetNewest)
	oldest := c.cluster.listOffsets(topics, sarama.OffsetOldest)
	for topic, partitions := range topics {
		out.add(c.topicPartitions, float64(len(partitions)), topic)
		for _, partition := range partitions {
			c.addPartition(&out, topic, partition)
		}
	}
	out.addOffsets(c.currentOffset, newest)
	out.addOffsets(c.oldestOffset, oldest)
	for _, group := range c.cluster.groups(newest) {
		c.addGroup(&out, group, topics, newest)
	}
	return out
}

func (s *samples) addOffsets(desc *prometheus.Desc, offsets offsets) {
	for topic, partitions := range offsets {
		for partition, offset := range partitions {
			s.add(desc, float64(offset), topic, strconv.Itoa(int(partition)))
		}
	}
}

func (c *collector) addPartition(out *samples, topic string, partition int32) {
	labels := []string{topic, strconv.Itoa(int(partition))}
	client := c.cluster.client
	leader, noLeader := client.Leader(topic, partition)
	if noLeader == nil {
		out.add(c.leader, float64(leader.ID()), labels...)
	}
	replicas, noReplicas := client.Replicas(topic, partition)
	if noReplicas == nil {
		out.add(c.replicas, float64(len(replicas)), labels...)
	}
	inSync, noInSync := client.InSyncReplicas(topic, partition)
	if noInSync == nil {
		out.add(c.inSync, float64(len(inSync)), labels...)
	}
	preferred := noLeader == nil && len(replicas) > 0 && slices.Index(replicas, leader.ID()) == 0
	out.add(c.leaderIsPreferred, oneIf(preferred), labels...)
	under := noReplicas == nil && noInSync == nil && len(inSync) < len(replicas)
	out.add(c.underReplicated, oneIf(under), labels...)
}

// addGroup keeps upstream's arithmetic: a partition without a committed offset has offset -1 and lag -1; the -1 counts
// in the sum of offsets, not in the sum of lags. Unlike upstream, a topic of which some partition's log end is unknown (its
// leader is gone) has no sums: a part of a sum looks like work that is done.
func (c *collector) addGroup(out *samples, group group, topics map[string][]int32, newest offsets) {
	out.add(c.groupMembers, float64(group.members), group.id)
	for topic, partitions := range group.committed {
		var offsetSum, lagSum int64
		for partition, offset := range partitions {
			lag := int64(-1)
			if offset >= 0 {
				lag = newest[topic][partition] - offset
				lagSum += lag
			}
			offsetSum += offset
			name := strconv.Itoa(int(partition))
			out.add(c.groupOffset, float64(offset), group.id, topic, name)
			out.add(c.groupLag, float64(lag), group.id, topic, name)
		}
		if len(newest[topic]) == len(topics[topic]) {
			out.add(c.groupOffsetSum, float64(offsetSum), group.id, topic)
			out.add(c.groupLagSum, float64(lagSum), group.id, topic)
		}
	}
}

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}
