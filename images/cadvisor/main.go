// cadvisor exports resources per container to Prometheus: a main around cAdvisor's own packages, whose own main is in a
// module that the Go proxy does not carry. Same flags, labels and metrics; no web pages, no REST API.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	_ "github.com/google/cadvisor/container/docker/install"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/google/cadvisor/version"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

func main() {
	klog.InitFlags(nil)
	version.Info["version"] = "v0.52.1"
	opts := register(flag.CommandLine)
	flag.Parse()
	included := opts.metrics()

	manager, err := manager.New(memory.New(*opts.storageDuration, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags,
		included, http.DefaultClient, strings.Split(*opts.rawPrefixes, ","), strings.Split(*opts.envPrefixes, ","), "", 0)
	if err != nil {
		log.Fatalf("Failed to create a manager: %v", err)
	}
	if err := manager.Start(); err != nil {
		log.Fatalf("Failed to start manager: %v", err)
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stopped
		os.Exit(0)
	}()

	http.Handle(*opts.metricsPath, handler(manager, included, opts.labels()))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	log.Fatal(http.ListenAndServe(fmt.Sprintf("%s:%d", *opts.ip, *opts.port), nil))
}

func handler(source manager.Manager, included container.MetricSet, labels metrics.ContainerLabelsFunc) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		registry := prometheus.NewRegistry() // as upstream does: the set of labels may change from scrape to scrape
		registry.MustRegister(
			metrics.NewPrometheusCollector(source, labels, included, clock.RealClock{}, requestOptions),
			metrics.NewPrometheusMachineCollector(source, included))
		promhttp.HandlerFor(prometheus.Gatherers{registry, process},
			promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r)
	})
}
