// kafka_exporter exports topics, offsets and consumer-group lag of a Kafka cluster to Prometheus: a stand-in for
// danielqsj/kafka_exporter with the same flags, metric names and meanings, for machines that cannot pull its image.
package main

import (
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/IBM/sarama"
	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	promversion "github.com/prometheus/common/version"
	"github.com/rcrowley/go-metrics"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	opts := parse(os.Args[1:])
	metrics.UseNilMetrics = true // sarama's own metrics: nobody reads them, and they cost CPU
	if opts.logSarama {
		sarama.Logger = log.New(os.Stderr, "[sarama] ", log.LstdFlags|log.LUTC)
	}
	config, err := saramaConfig(opts)
	if err != nil {
		log.Fatalln("Configuration:", err)
	}
	client, err := sarama.NewClient(opts.servers, config)
	if err != nil {
		log.Fatalf("Kafka at %s: %v", strings.Join(opts.servers, ","), err)
	}
	prometheus.MustRegister(version.NewCollector("kafka_exporter"), newCollector(newCluster(client, opts), constLabels(opts.labels)))
	server, err := webServer(opts)
	if err != nil {
		log.Fatalln("Web server:", err)
	}
	log.Printf("kafka_exporter listens on %s, Kafka at %s", opts.listenAddress, strings.Join(opts.servers, ","))
	if opts.webTLS {
		log.Fatalln(server.ListenAndServeTLS(opts.webCertFile, opts.webKeyFile))
	}
	log.Fatalln(server.ListenAndServe())
}

func webServer(opts options) (*http.Server, error) {
	mux := http.NewServeMux()
	mux.Handle(opts.metricsPath, promhttp.Handler())
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<html><head><title>Kafka Exporter</title></head><body><h1>Kafka Exporter</h1><p><a href="` +
			opts.metricsPath + `">Metrics</a></p></body></html>`))
	})
	server := &http.Server{Addr: opts.listenAddress, Handler: mux}
	if opts.webTLS {
		tlsConfig, err := webTLSConfig(opts)
		if err != nil {
			return nil, err
		}
		server.TLSConfig = tlsConfig
	}
	return server, nil
}

// constLabels reads `name=value,name=value`; parts without `=` are ignored, as upstream does.
func constLabels(text string) prometheus.Labels {
	labels := prometheus.Labels{}
	for part := range strings.SplitSeq(text, ",") {
		if name, value, found := strings.Cut(part, "="); found {
			labels[name] = value
		}
	}
	return labels
}

func parse(args []string) options {
	var opts options
	app := kingpin.New("kafka_exporter", "Prometheus exporter for Kafka.")
	app.Version(promversion.Print("kafka_exporter"))
	app.HelpFlag.Short('h')
	opts.register(app)
	kingpin.MustParse(app.Parse(args))
	return opts
}
