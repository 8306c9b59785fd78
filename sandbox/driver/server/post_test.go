package server

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"assetguard/sandbox/driver/layout"
)

// A gateway that takes what it is sent, except the schedule "nobody".
func listening(t *testing.T, asked *[]string) Server {
	t.Helper()
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		*asked = append(*asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.URL.Query().Get("name") == "nobody" {
			http.Error(w, "nobody is no schedule", http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(gateway.Close)
	return Server{Layout: layout.Layout{Port: gateway.Listener.Addr().(*net.TCPAddr).Port}}
}

func TestSendAndFire(t *testing.T) {
	var asked []string
	s := listening(t, &asked)
	require.NoError(t, s.Send(t.Context(), map[string]any{"source": "aws.ec2"}))
	require.NoError(t, s.SendFinding(t.Context(), map[string]any{"Id": "1"}))
	require.NoError(t, s.Fire(t.Context(), "group/daily & more"))
	require.EqualError(t, s.Fire(t.Context(), "nobody"), "the server refused: nobody is no schedule")
	assert.Equal(t, []string{
		`POST /_sandbox/events {"source":"aws.ec2"}`,
		`POST /_sandbox/findings?region=ap-northeast-2 {"Id":"1"}`,
		"POST /_sandbox/schedules?name=group%2Fdaily+%26+more ",
		"POST /_sandbox/schedules?name=nobody ",
	}, asked)
}
