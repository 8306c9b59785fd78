package board

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBody(t *testing.T) {
	text, err := Body("ap-northeast-2", []Graph{
		{Title: "a", Stat: "Sum", Period: 300, Metrics: []Metric{{
			Namespace: "AWS/SQS", Name: "Age", Dimensions: []string{"QueueName", "q"}, Options: Options{Label: "oldest", Region: "us-east-1"},
		}}},
		{Title: "b", Stat: "Sum", Period: 60, Stacked: true, Metrics: []Metric{{Search: "SEARCH('x')"}}},
		{Title: "c", Stat: "Maximum", Period: 60},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"widgets":[
		{"type":"metric","x":0,"y":0,"width":12,"height":6,"properties":{"title":"a","region":"ap-northeast-2","view":"timeSeries",
			"stacked":false,"stat":"Sum","period":300,"metrics":[["AWS/SQS","Age","QueueName","q",{"label":"oldest","region":"us-east-1"}]]}},
		{"type":"metric","x":12,"y":0,"width":12,"height":6,"properties":{"title":"b","region":"ap-northeast-2","view":"timeSeries",
			"stacked":true,"stat":"Sum","period":60,"metrics":[[{"expression":"SEARCH('x')"}]]}},
		{"type":"metric","x":0,"y":6,"width":12,"height":6,"properties":{"title":"c","region":"ap-northeast-2","view":"timeSeries",
			"stacked":false,"stat":"Maximum","period":60,"metrics":null}}]}`, text)
}
