// The command line, and what it means for the connection to Kafka and for the web server.
package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/alecthomas/kingpin/v2"
	"github.com/xdg-go/scram"
)

type options struct {
	servers                                              []string
	kafkaVersion, labels, listenAddress, metricsPath     string
	topicFilter, topicExclude, groupFilter, groupExclude *regexp.Regexp
	refreshMetadata                                      time.Duration
	showAllOffsets, concurrent, logSarama, createTopics  bool
	topicWorkers, verbosity                              int

	tls, tlsInsecure                                  bool
	tlsServerName, tlsCAFile, tlsCertFile, tlsKeyFile string

	sasl, saslHandshake                       bool
	saslUsername, saslPassword, saslMechanism string

	webTLS, webMutualTLS               bool
	webCAFile, webCertFile, webKeyFile string
}

func (o *options) register(app *kingpin.Application) {
	app.Flag("kafka.server", "Address (host:port) of Kafka server, repeatable.").Default("kafka:9092").StringsVar(&o.servers)
	app.Flag("kafka.version", "Newest protocol to speak; default: what exporter and brokers both know.").StringVar(&o.kafkaVersion)
	app.Flag("kafka.labels", "Constant labels: name=value,name=value.").StringVar(&o.labels)
	app.Flag("kafka.allow-auto-topic-creation", "Let metadata requests create topics.").BoolVar(&o.createTopics)
	app.Flag("topic.filter", "Regex that determines which topics to collect.").Default(".*").RegexpVar(&o.topicFilter)
	app.Flag("topic.exclude", "Regex that determines which topics to exclude.").Default("^$").RegexpVar(&o.topicExclude)
	app.Flag("group.filter", "Regex that determines which consumer groups to collect.").Default(".*").RegexpVar(&o.groupFilter)
	app.Flag("group.exclude", "Regex that determines which consumer groups to exclude.").Default("^$").RegexpVar(&o.groupExclude)
	app.Flag("refresh.metadata", "Metadata refresh interval: new topics are seen that late.").Default("30s").DurationVar(&o.refreshMetadata)
	app.Flag("offset.show-all", "All partitions of a consumed topic; otherwise those assigned to live members.").Default("true").BoolVar(&o.showAllOffsets)
	app.Flag("concurrent.enable", "Every scrape asks Kafka; otherwise simultaneous scrapes share one answer.").BoolVar(&o.concurrent)
	app.Flag("topic.workers", "Accepted for compatibility: offsets are asked once per broker here.").Default("100").IntVar(&o.topicWorkers)
	app.Flag("web.listen-address", "Address to listen on for web interface and telemetry.").Default(":9308").StringVar(&o.listenAddress)
	app.Flag("web.telemetry-path", "Path under which to expose metrics.").Default("/metrics").StringVar(&o.metricsPath)
	app.Flag("log.enable-sarama", "Turn on Sarama logging.").BoolVar(&o.logSarama)
	app.Flag("verbosity", "Accepted for compatibility.").Default("0").IntVar(&o.verbosity)

	app.Flag("tls.enabled", "Connect to Kafka using TLS.").BoolVar(&o.tls)
	app.Flag("tls.server-name", "Host name expected on the broker's certificate.").StringVar(&o.tlsServerName)
	app.Flag("tls.ca-file", "Certificate authority of the brokers; default: the system's.").ExistingFileVar(&o.tlsCAFile)
	app.Flag("tls.cert-file", "Client certificate.").ExistingFileVar(&o.tlsCertFile)
	app.Flag("tls.key-file", "Key of the client certificate.").ExistingFileVar(&o.tlsKeyFile)
	app.Flag("tls.insecure-skip-tls-verify", "Do not check the brokers' certificates.").BoolVar(&o.tlsInsecure)

	app.Flag("sasl.enabled", "Connect using SASL.").BoolVar(&o.sasl)
	app.Flag("sasl.handshake", "Only set this to false if using a non-Kafka SASL proxy.").Default("true").BoolVar(&o.saslHandshake)
	app.Flag("sasl.username", "SASL user name.").StringVar(&o.saslUsername)
	app.Flag("sasl.password", "SASL user password.").Envar("SASL_USER_PASSWORD").StringVar(&o.saslPassword)
	app.Flag("sasl.mechanism", "plain, scram-sha256 or scram-sha512.").StringVar(&o.saslMechanism)

	app.Flag("server.tls.enabled", "Enable TLS for the web server.").BoolVar(&o.webTLS)
	app.Flag("server.tls.mutual-auth-enabled", "Ask web clients for a certificate.").BoolVar(&o.webMutualTLS)
	app.Flag("server.tls.ca-file", "Certificate authority of web clients.").StringVar(&o.webCAFile)
	app.Flag("server.tls.cert-file", "Certificate of the web server.").StringVar(&o.webCertFile)
	app.Flag("server.tls.key-file", "Key of the web server.").StringVar(&o.webKeyFile)
}

func saramaConfig(o options) (*sarama.Config, error) {
	config := sarama.NewConfig()
	config.ClientID = "kafka_exporter"
	// The newest version means: negotiate. Upstream's default, 2.0.0, hides groups of the new protocol (KIP-848).
	config.Version = sarama.MaxVersion
	if o.kafkaVersion != "" {
		version, err := sarama.ParseKafkaVersion(o.kafkaVersion)
		if err != nil {
			return nil, err
		}
		config.Version = version
	}
	config.Metadata.RefreshFrequency = o.refreshMetadata
	// A scrape must end although a broker is gone: sarama's defaults wait 30 s for a connection, and ask for the leader
	// of every leaderless partition four times.
	config.Net.DialTimeout = 3 * time.Second
	config.Metadata.Retry.Max = 1
	config.Metadata.AllowAutoTopicCreation = o.createTopics
	if o.tls {
		tlsConfig, err := clientTLSConfig(o)
		if err != nil {
			return nil, err
		}
		config.Net.TLS.Enable, config.Net.TLS.Config = true, tlsConfig
	}
	if o.sasl {
		if err := addSASL(config, o); err != nil {
			return nil, err
		}
	}
	return config, config.Validate()
}

func addSASL(config *sarama.Config, o options) error {
	sasl := &config.Net.SASL
	sasl.Enable, sasl.Handshake, sasl.User, sasl.Password = true, o.saslHandshake, o.saslUsername, o.saslPassword
	switch strings.ToLower(o.saslMechanism) {
	case "plain":
		sasl.Mechanism = sarama.SASLTypePlaintext
	case "scram-sha256":
		sasl.Mechanism = sarama.SASLTypeSCRAMSHA256
		sasl.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{hash: sha256.New} }
	case "scram-sha512":
		sasl.Mechanism = sarama.SASLTypeSCRAMSHA512
		sasl.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{hash: sha512.New} }
	default:
		return fmt.Errorf("invalid sasl mechanism %q: can only be plain, scram-sha256 or scram-sha512", o.saslMechanism)
	}
	return nil
}

// scramClient lets sarama use a SCRAM conversation.
type scramClient struct {
	*scram.ClientConversation
	hash scram.HashGeneratorFcn
}

func (s *scramClient) Begin(user, password, authzID string) error {
	client, err := s.hash.NewClient(user, password, authzID)
	if err != nil {
		return err
	}
	s.ClientConversation = client.NewConversation()
	return nil
}

func clientTLSConfig(o options) (*tls.Config, error) {
	config := &tls.Config{ServerName: o.tlsServerName, InsecureSkipVerify: o.tlsInsecure}
	if o.tlsCAFile != "" {
		pool, err := certificatePool(o.tlsCAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	if (o.tlsCertFile == "") != (o.tlsKeyFile == "") {
		return nil, fmt.Errorf("tls.cert-file and tls.key-file must be given together")
	}
	if o.tlsCertFile != "" {
		certificate, err := tls.LoadX509KeyPair(o.tlsCertFile, o.tlsKeyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

func webTLSConfig(o options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.webMutualTLS {
		pool, err := certificatePool(o.webCAFile)
		if err != nil {
			return nil, err
		}
		config.ClientCAs, config.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return config, nil
}

func certificatePool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return pool, nil
}
