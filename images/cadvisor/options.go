// Flags of cAdvisor's own main; those of its packages (--docker_only, --housekeeping_interval, --docker …) register themselves.
package main

import (
	"flag"
	"strings"
	"time"

	"github.com/google/cadvisor/container"
	info "github.com/google/cadvisor/info/v1"
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/metrics"
)

// What upstream leaves out unless told otherwise.
var disabled = container.MetricSet{
	container.MemoryNumaMetrics: {}, container.NetworkTcpUsageMetrics: {}, container.NetworkUdpUsageMetrics: {},
	container.NetworkAdvancedTcpUsageMetrics: {}, container.ProcessSchedulerMetrics: {}, container.ProcessMetrics: {},
	container.HugetlbUsageMetrics: {}, container.ReferencedMemoryMetrics: {}, container.CPUTopologyMetrics: {},
	container.ResctrlMetrics: {}, container.CPUSetMetrics: {},
}

// Without perf_event and resctrl on the machine, the collectors of these two crash.
var unsupported = container.MetricSet{container.PerfMetrics: {}, container.ResctrlMetrics: {}}

var requestOptions = v2.RequestOptions{IdType: v2.TypeName, Count: 1, Recursive: true}

type options struct {
	ip, metricsPath, whitelist, rawPrefixes, envPrefixes *string
	port                                                 *int
	storeLabels                                          *bool
	storageDuration                                      *time.Duration
	disabled, enabled                                    container.MetricSet
}

func register(flags *flag.FlagSet) *options {
	o := &options{
		ip:              flags.String("listen_ip", "", "IP to listen on, defaults to all IPs"),
		port:            flags.Int("port", 8080, "port to listen"),
		metricsPath:     flags.String("prometheus_endpoint", "/metrics", "endpoint to expose Prometheus metrics on"),
		storeLabels:     flags.Bool("store_container_labels", true, "container labels and environment become labels of metrics"),
		whitelist:       flags.String("whitelisted_container_labels", "", "labels that do so although store_container_labels is false"),
		rawPrefixes:     flags.String("raw_cgroup_prefix_whitelist", "", "cgroup prefixes collected even with -docker_only"),
		envPrefixes:     flags.String("env_metadata_whitelist", "", "prefixes of environment variables to collect"),
		storageDuration: flags.Duration("storage_duration", 2*time.Minute, "how long to keep data stored"),
		disabled:        disabled,
		enabled:         container.MetricSet{},
	}
	flags.Var(&o.disabled, "disable_metrics", "comma-separated list of metrics to be disabled; options are "+container.AllMetrics.String())
	flags.Var(&o.enabled, "enable_metrics", "comma-separated list of metrics to be enabled; overrides disable_metrics")
	return o
}

func (o *options) metrics() container.MetricSet {
	if len(o.enabled) > 0 {
		return o.enabled.Difference(unsupported)
	}
	return container.AllMetrics.Difference(o.disabled).Difference(unsupported)
}

func (o *options) labels() metrics.ContainerLabelsFunc {
	if *o.storeLabels {
		return metrics.DefaultContainerLabels
	}
	var whitelist []string
	for _, label := range strings.Split(*o.whitelist, ",") {
		whitelist = append(whitelist, strings.TrimSpace(label))
	}
	base := metrics.BaseContainerLabels(whitelist)
	return func(c *info.ContainerInfo) map[string]string { return base(c) }
}
