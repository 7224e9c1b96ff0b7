package tagging

import (
	"reflect"
	"testing"

	"go.k6.io/k6/v2/metrics"
)

func TestApply(t *testing.T) {
	set := metrics.NewRegistry().RootTagSet().WithTagsFromMap(map[string]string{
		"url": "http://x/1", "name": "GET /a,b|c", "group": "", "my-tag": "1", "testid": "the script's own",
	})
	got := NewRules([]string{"url", "testid"}, map[string]string{"testid": "abc"}).Apply(set)
	want := Tags{{"my_tag", "1"}, {"name", "GET /a,b|c"}, {"testid", "abc"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v want %v", got, want)
	}
}

func TestIdentityTellsTagsApart(t *testing.T) {
	a, b := Tags{{"a", "1"}, {"b", "2"}}, Tags{{"a", "1b2"}}
	if a.Identity() == b.Identity() || a.Identity() != (Tags{{"a", "1"}, {"b", "2"}}).Identity() {
		t.Error("identities do not follow the tags")
	}
}

func TestLabelName(t *testing.T) {
	for name, want := range map[string]string{
		"name": "name", "my-tag": "my_tag", "a:b": "a_b", "größe": "gr__e", "1st": "_1st", "": "tag_",
		"le": "tag_le", "quantile": "tag_quantile", "__name__": "tag___name__", "a b": "a_b",
	} {
		if got := LabelName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
