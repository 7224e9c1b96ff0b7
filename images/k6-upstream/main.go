// k6 0.54, the last with a StatsD output of its own, under the name that the documentation of today uses: what a lab
// without our output would run. Benchmarks measure its losses beside ours, tests run the lab with a foreign k6.
package main

import (
	"go.k6.io/k6/cmd"
	"go.k6.io/k6/output"
	"go.k6.io/k6/output/statsd"
)

func main() {
	output.RegisterExtension("output-statsd", func(params output.Params) (output.Output, error) {
		return statsd.New(params)
	})
	cmd.Execute()
}
