package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLaterSourcesWin(t *testing.T) {
	file := json.RawMessage(`{"addr":"file:1","namespace":"file","pushInterval":"1s","bufferSize":7,"enableTags":true,
		"tagBlocklist":["vu","ip"],"maxSeries":10}`)
	env := map[string]string{
		"K6_STATSD_ADDR": "env:2", "K6_STATSD_NAMESPACE": "load.", "K6_STATSD_CONST_TAGS": "testid:a:b, label:x",
		"K6_STATSD_WRITE_TIMEOUT": "5s", "K6_OUT": "not ours",
	}
	got, unknown, err := Read(file, env, "arg:3")
	if err != nil || len(unknown) != 0 {
		t.Fatal(err, unknown)
	}
	want := Default()
	want.Address, want.Namespace, want.PushInterval, want.BufferSize = "arg:3", "load.", time.Second, 7
	want.EnableTags, want.TagBlocklist, want.MaxSeries = true, []string{"vu", "ip"}, 10
	want.ConstTags, want.WriteTimeout = map[string]string{"testid": "a:b", "label": "x"}, 5*time.Second
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestNothingSaidGivesTheDocumentedDefaults(t *testing.T) {
	got, _, err := Read(nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Address != "localhost:8125" || got.EnableTags || got.Namespace != "k6." ||
		got.PushInterval != 100*time.Millisecond || !reflect.DeepEqual(got.TagBlocklist, []string{"vu", "iter", "url"}) {
		t.Errorf("%+v", got)
	}
}

func TestEmptyBlocklistBlocksNothing(t *testing.T) {
	got, _, err := Read(nil, map[string]string{"K6_STATSD_TAG_BLOCKLIST": ""}, "")
	if err != nil || len(got.TagBlocklist) != 0 {
		t.Error(got.TagBlocklist, err)
	}
}

func TestNamespaceGetsItsDot(t *testing.T) {
	got, _, _ := Read(nil, map[string]string{"K6_STATSD_NAMESPACE": "load"}, "")
	none, _, _ := Read(nil, map[string]string{"K6_STATSD_NAMESPACE": ""}, "")
	if got.Namespace != "load." || none.Namespace != "" {
		t.Errorf("%q %q", got.Namespace, none.Namespace)
	}
}

func TestMistakesNameTheSetting(t *testing.T) {
	for _, c := range []struct{ json, env, value, wants string }{
		{env: "K6_STATSD_PUSH_INTERVAL", value: "fast", wants: `K6_STATSD_PUSH_INTERVAL: "fast"`},
		{env: "K6_STATSD_PUSH_INTERVAL", value: "0s", wants: "above 0"},
		{env: "K6_STATSD_ENABLE_TAGS", value: "yes please", wants: "neither true nor false"},
		{env: "K6_STATSD_MAX_SERIES", value: "-1", wants: "whole number"},
		{env: "K6_STATSD_CONST_TAGS", value: "testid", wants: "name:value"},
		{env: "K6_STATSD_ADDR", value: "", wants: "is empty"},
		{json: `{"adress":"x:1"}`, wants: "collectors.output-statsd.adress: no such setting"},
		{json: `{"maxSeries":"many"}`, wants: "collectors.output-statsd.maxSeries"},
		{json: `[1]`, wants: "collectors.output-statsd"},
	} {
		env := map[string]string{}
		if c.env != "" {
			env[c.env] = c.value
		}
		_, _, err := Read(json.RawMessage(c.json), env, "")
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestMistypedVariablesAreNoticed(t *testing.T) {
	_, unknown, err := Read(nil, map[string]string{"K6_STATSD_ADRESS": "x:1", "K6_STATSD_TAGS": "1"}, "")
	if err != nil || !reflect.DeepEqual(unknown, []string{"K6_STATSD_ADRESS", "K6_STATSD_TAGS"}) {
		t.Error(unknown, err)
	}
}
