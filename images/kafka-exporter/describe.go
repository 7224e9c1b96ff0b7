// Members of consumer groups, of the classic protocol and of the new one (KIP-848).
package main

import (
	"log"
	"slices"

	"github.com/IBM/sarama"
)

type description struct {
	id       string
	members  int
	assigned map[string][]int32
}

func (d description) isAssigned(topic string, partition int32) bool {
	return slices.Contains(d.assigned[topic], partition)
}

func (d description) assign(topic string, partitions []int32) {
	d.assigned[topic] = append(d.assigned[topic], partitions...)
}

func describe(broker *sarama.Broker, version sarama.KafkaVersion, classic, modern []string) ([]description, error) {
	var found []description
	if len(classic) > 0 {
		response, err := broker.DescribeGroups(&sarama.DescribeGroupsRequest{Groups: classic})
		if err != nil {
			return nil, err
		}
		for _, group := range response.Groups {
			found = append(found, describeClassic(group))
		}
	}
	if len(modern) > 0 {
		request := sarama.NewConsumerGroupDescribeRequest(version)
		request.GroupIDs = modern
		response, err := broker.ConsumerGroupDescribe(request)
		if err != nil {
			return nil, err
		}
		for _, group := range response.Groups {
			if group.ErrorCode != sarama.ErrNoError {
				log.Printf("Cannot describe group %s: %v", group.GroupID, group.ErrorCode)
				continue
			}
			found = append(found, describeModern(group))
		}
	}
	return found, nil
}

func describeClassic(group *sarama.GroupDescription) description {
	found := description{group.GroupId, len(group.Members), map[string][]int32{}}
	for _, member := range group.Members {
		if len(member.MemberAssignment) == 0 || group.ProtocolType != "consumer" { // rebalancing, or Kafka Connect's own format
			continue
		}
		assignment, err := member.GetMemberAssignment()
		if err != nil {
			log.Printf("Cannot read the assignment of member %s of group %s: %v", member.MemberId, group.GroupId, err)
			continue
		}
		for topic, partitions := range assignment.Topics {
			found.assign(topic, partitions)
		}
	}
	return found
}

func describeModern(group sarama.ConsumerGroupDescription) description {
	found := description{group.GroupID, len(group.Members), map[string][]int32{}}
	for _, member := range group.Members {
		for _, assignment := range member.Assignment.TopicPartitions {
			found.assign(assignment.TopicName, assignment.Partitions)
		}
	}
	return found
}
