package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"assetguard/sandbox/inbox"
)

// Webhook is the address of the sandbox's incoming webhook of Slack.
func (s Server) Webhook() string { return s.Layout.Endpoint() + webhookPath }

// InboxPage is the address of the page that shows the inbox.
func (s Server) InboxPage() string { return s.Layout.Endpoint() + inboxPath }

// Inbox reads the messages after the one with the given ID.
func (s Server) Inbox(ctx context.Context, after int) (inbox.Contents, error) {
	var got inbox.Contents
	text, err := s.get(ctx, s.InboxPage()+"/messages?after="+strconv.Itoa(after))
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	return got, err
}

// Confirm follows the links of all confirmation mails, as their readers would, and returns how many there were that
// were not followed before.
func (s Server) Confirm(ctx context.Context) (confirmed int, err error) {
	got, err := s.Inbox(ctx, 0)
	if err != nil {
		return 0, err
	}
	for _, m := range got.Messages {
		if m.Email == nil || m.Email.Confirm == "" {
			continue
		}
		switch _, err := s.get(ctx, m.Email.Confirm); {
		case err == nil:
			confirmed++
		case !errors.Is(err, errRefused):
			return confirmed, err
		}
	}
	return confirmed, nil
}

// errRefused marks an answer with another status than 200.
var errRefused = errors.New("the server refused")

func (s Server) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: %s: %s", errRefused, response.Status, text)
	}
	return text, err
}
