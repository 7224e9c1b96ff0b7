// Command k6 is Grafana k6 with the lab's StatsD output, registered under the documented name output-statsd.
package main

import (
	"go.k6.io/k6/v2/cmd"
	"go.k6.io/k6/v2/output"

	"kafka-load-lab/k6/internal/statsd"
)

func main() {
	output.RegisterExtension("output-statsd", statsd.New)
	cmd.Execute()
}
