// What the exporter asks of Kafka: metadata from sarama's cache, offsets and groups fresh at every scrape.
package main

import (
	"errors"
	"fmt"
	"log"
	"regexp"
	"strings"
	"sync"

	"github.com/IBM/sarama"
)

type filter struct{ include, exclude *regexp.Regexp }

func (f filter) match(name string) bool {
	return f.include.MatchString(name) && !f.exclude.MatchString(name)
}

type cluster struct {
	client                   sarama.Client
	topicFilter, groupFilter filter
	showAll, concurrently    bool
}

func newCluster(client sarama.Client, o options) *cluster {
	return &cluster{client, filter{o.topicFilter, o.topicExclude}, filter{o.groupFilter, o.groupExclude}, o.showAllOffsets, o.concurrent}
}

// offsets of partitions by topic.
type offsets map[string]map[int32]int64

func (o offsets) set(topic string, partition int32, offset int64) {
	if o[topic] == nil {
		o[topic] = map[int32]int64{}
	}
	o[topic][partition] = offset
}

// group is one consumer group: its committed offsets, -1 where a partition of a consumed topic has none.
type group struct {
	id        string
	members   int
	committed offsets
}

// partitions lists the partitions of every topic that passes the filter.
func (c *cluster) partitions() (map[string][]int32, error) {
	topics, err := c.client.Topics()
	if err != nil {
		return nil, err
	}
	found := map[string][]int32{}
	for _, topic := range topics {
		if !c.topicFilter.match(topic) {
			continue
		}
		partitions, err := c.client.Partitions(topic)
		if err != nil {
			log.Printf("Cannot get partitions of topic %s: %v", topic, err)
			continue
		}
		found[topic] = partitions
	}
	return found, nil
}

// listOffsets asks every leader once for all its partitions; time is sarama.OffsetNewest or OffsetOldest.
// Partitions whose leader has moved are asked again after a fresh look at the metadata; those that still fail are left out.
func (c *cluster) listOffsets(topics map[string][]int32, time int64) offsets {
	found := offsets{}
	for attempt := range 2 {
		requests := map[*sarama.Broker]*sarama.OffsetRequest{}
		for topic, partitions := range topics {
			for _, partition := range partitions {
				if _, done := found[topic][partition]; done {
					continue
				}
				leader, err := c.client.Leader(topic, partition)
				if err != nil {
					log.Printf("Cannot get leader of topic %s partition %d: %v", topic, partition, err)
					continue
				}
				if requests[leader] == nil {
					requests[leader] = sarama.NewOffsetRequest(c.client.Config().Version)
				}
				requests[leader].AddBlock(topic, partition, time, 1)
			}
		}
		if c.askLeaders(requests, found) == nil {
			return found
		}
		if attempt == 0 {
			if err := c.client.RefreshMetadata(); err != nil {
				log.Printf("Cannot refresh metadata, using cached data: %v", err)
			}
		}
	}
	return found
}

func (c *cluster) askLeaders(requests map[*sarama.Broker]*sarama.OffsetRequest, found offsets) error {
	var failed error
	for leader, request := range requests {
		response, err := leader.GetAvailableOffsets(request)
		if err != nil {
			_ = leader.Close() // a dead connection is opened anew by the next look for this leader
			failed = errors.Join(failed, err)
			log.Printf("Cannot get offsets from broker %d: %v", leader.ID(), err)
			continue
		}
		for topic, blocks := range response.Blocks {
			for partition, block := range blocks {
				switch {
				case block.Err != sarama.ErrNoError:
					failed = errors.Join(failed, block.Err)
					log.Printf("Cannot get offset of topic %s partition %d: %v", topic, partition, block.Err)
				case request.Version == 0 && len(block.Offsets) == 1:
					found.set(topic, partition, block.Offsets[0])
				default:
					found.set(topic, partition, block.Offset)
				}
			}
		}
	}
	return failed
}

// groups asks every broker for the consumer groups that it coordinates, all brokers at the same time.
func (c *cluster) groups(known offsets) []group {
	var all []group
	var lock sync.Mutex
	var waiting sync.WaitGroup
	for _, broker := range c.client.Brokers() {
		waiting.Go(func() {
			found, err := c.groupsOf(broker, known)
			if err != nil {
				_ = broker.Close()
				log.Printf("Cannot get consumer groups of broker %d: %v", broker.ID(), err)
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, found...)
		})
	}
	waiting.Wait()
	return all
}

func (c *cluster) groupsOf(broker *sarama.Broker, known offsets) ([]group, error) {
	version := c.client.Config().Version
	if err := broker.Open(c.client.Config()); err != nil && !errors.Is(err, sarama.ErrAlreadyConnected) {
		return nil, err
	}
	request := &sarama.ListGroupsRequest{}
	if version.IsAtLeast(sarama.V3_8_0_0) {
		request.Version = 5 // tells the type of a group; negotiated down where the broker is older
	}
	list, err := broker.ListGroups(request)
	if err != nil {
		return nil, err
	}
	var classic, modern []string
	for id := range list.Groups {
		kind := list.GroupsData[id].GroupType
		switch {
		case !c.groupFilter.match(id) || strings.EqualFold(kind, "share"): // share groups have no committed offsets
		case strings.EqualFold(kind, "consumer"):
			modern = append(modern, id)
		default:
			classic = append(classic, id)
		}
	}
	described, err := describe(broker, version, classic, modern)
	if err != nil {
		return nil, err
	}
	groups := make([]group, 0, len(described))
	for _, description := range described {
		committed, err := c.committed(broker, description, known)
		if err != nil {
			log.Printf("Cannot get offsets of group %s: %v", description.id, err)
		}
		groups = append(groups, group{description.id, description.members, committed})
	}
	return groups, nil
}

// committed returns the group's offsets on topics where it has committed anything.
func (c *cluster) committed(broker *sarama.Broker, description description, known offsets) (offsets, error) {
	wanted := description.assigned
	if c.showAll {
		wanted = nil // Kafka answers with every partition that has a committed offset
	} else if len(wanted) == 0 {
		return offsets{}, nil
	}
	response, err := broker.FetchOffset(sarama.NewOffsetFetchRequest(c.client.Config().Version, description.id, wanted))
	if err != nil {
		return nil, err
	}
	blocks, failure := response.Blocks, response.Err
	for _, answer := range response.Groups { // version 8 and later
		blocks, failure = answer.Blocks, answer.Err
	}
	if failure != sarama.ErrNoError {
		return nil, fmt.Errorf("offset fetch: %w", failure)
	}
	found := offsets{}
	for topic, partitions := range blocks {
		for partition, block := range partitions {
			if block.Err != sarama.ErrNoError {
				log.Printf("Cannot get offset of group %s topic %s partition %d: %v", description.id, topic, partition, block.Err)
			} else if _, isKnown := known[topic][partition]; isKnown && block.Offset >= 0 {
				found.set(topic, partition, block.Offset)
			}
		}
	}
	for topic := range found {
		for partition := range known[topic] {
			_, has := found[topic][partition]
			if !has && (c.showAll || description.isAssigned(topic, partition)) {
				found.set(topic, partition, -1)
			}
		}
	}
	return found, nil
}
