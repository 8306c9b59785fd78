package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"slices"
	"strings"
)

// Subscribers are the e-mail addresses that should receive what a topic sends.
type Subscribers struct {
	Topic  string   `json:"topic"` // ARN
	Emails []string `json:"emails"`
}

// ParseSubscribers reads the value of EnvSubscribers strictly: an object of Subscribers by audience. The error joins every
// fault and quotes no address.
func ParseSubscribers(document string) (map[Audience]Subscribers, error) {
	var all map[Audience]Subscribers
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("subscribers: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("subscribers: something follows the document")
	}
	if len(all) == 0 {
		return nil, errors.New("subscribers: no audience: name at least one with its topic")
	}
	var faults []error
	for _, audience := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(all[audience].Topic, "arn:") {
			faults = append(faults, fmt.Errorf("subscribers: %s.topic: want the ARN of a topic", audience))
		}
		seen := map[string]bool{}
		for i, address := range all[audience].Emails {
			if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
				faults = append(faults, fmt.Errorf("subscribers: %s.emails[%d]: want an address such as team@example.com", audience, i))
			}
			if folded := strings.ToLower(address); seen[folded] {
				faults = append(faults, fmt.Errorf("subscribers: %s.emails[%d] is there twice", audience, i))
			} else {
				seen[folded] = true
			}
		}
	}
	return all, errors.Join(faults...)
}
