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
	"assetguard/sandbox/inbox"
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
	require.NoError(t, s.Choose(t.Context(), "Repair", []string{"1"}))
	require.NoError(t, s.Fire(t.Context(), "group/daily & more"))
	require.EqualError(t, s.Fire(t.Context(), "nobody"), "the server refused: nobody is no schedule")
	assert.Equal(t, []string{
		`POST /_sandbox/events {"source":"aws.ec2"}`,
		`POST /_sandbox/findings?region=ap-northeast-2 {"Id":"1"}`,
		`POST /_sandbox/actions?region=ap-northeast-2 {"action":"Repair","findings":["1"]}`,
		"POST /_sandbox/schedules?name=group%2Fdaily+%26+more ",
		"POST /_sandbox/schedules?name=nobody ",
	}, asked)
}

// TestConfirm: the links of confirmation mails are followed; one that was followed before is no fault.
func TestConfirm(t *testing.T) {
	box := &inbox.Box{}
	var followed []string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_sandbox/inbox/messages" {
			box.ServeHTTP(w, r)
			return
		}
		if followed = append(followed, r.URL.Query().Get("token")); r.URL.Query().Get("token") == "old" {
			http.Error(w, "confirmed already", http.StatusBadRequest)
		}
	}))
	t.Cleanup(gateway.Close)
	s := Server{Layout: layout.Layout{Port: gateway.Listener.Addr().(*net.TCPAddr).Port}}
	box.Deliver(inbox.Email{Confirm: gateway.URL + "/_sandbox/sns/confirm?token=old"})
	box.Deliver(inbox.Email{Text: "a notice"})
	box.Deliver(inbox.Email{Confirm: gateway.URL + "/_sandbox/sns/confirm?token=new"})
	confirmed, err := s.Confirm(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, confirmed)
	assert.Equal(t, []string{"old", "new"}, followed)
	got, err := s.Inbox(t.Context(), 2)
	require.NoError(t, err)
	assert.Len(t, got.Messages, 1)
	assert.Equal(t, 3, got.Total)
}
