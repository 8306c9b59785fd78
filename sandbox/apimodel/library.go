package apimodel

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Metadata is what a service model says of itself.
type Metadata struct {
	APIVersion     string `json:"apiVersion"`
	EndpointPrefix string `json:"endpointPrefix"`
	Protocol       string `json:"protocol"`
	ServiceID      string `json:"serviceId"`
	SigningName    string `json:"signingName"`
	TargetPrefix   string `json:"targetPrefix"`
	JSONVersion    string `json:"jsonVersion"`
}

// scope is the name under which requests to the service are signed.
func (m Metadata) scope() string {
	if m.SigningName != "" {
		return m.SigningName
	}
	return m.EndpointPrefix
}

// entry is one model file of the library, read when first used.
type entry struct {
	Metadata
	name string // botocore's directory: "cloudwatch", "elbv2"
	file string
	load func() (*Service, error)
}

// Library is botocore's data directory. It is safe for concurrent use.
type Library struct {
	byScope map[string][]*entry
}

// Open indexes botocore's data directory: the newest version of each service. It
// fails when the directory holds no models.
func Open(dir string) (*Library, error) {
	services, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("botocore's service models: %w", err)
	}
	l := &Library{byScope: map[string][]*entry{}}
	for _, s := range services {
		file := newestModel(filepath.Join(dir, s.Name()))
		if file == "" {
			continue
		}
		e := &entry{name: s.Name(), file: file}
		if e.Metadata, err = readMetadata(file); err != nil {
			return nil, fmt.Errorf("service model %s: %w", file, err)
		}
		e.load = sync.OnceValues(func() (*Service, error) { return readService(e) })
		l.byScope[e.scope()] = append(l.byScope[e.scope()], e)
	}
	if len(l.byScope) == 0 {
		return nil, fmt.Errorf("%s holds no service models (<service>/<version>/service-2.json)", dir)
	}
	for scope, entries := range l.byScope {
		slices.SortStableFunc(entries, func(a, b *entry) int { return rank(a, scope) - rank(b, scope) })
	}
	return l, nil
}

// rank puts the service that is named like its signing name before those that
// share it (rds before neptune and docdb), and longer names last.
func rank(e *entry, scope string) int {
	if e.name == scope {
		return 0
	}
	return len(e.name)
}

// newestModel returns the model file of the newest version below a service's
// directory, or "" when there is none.
func newestModel(service string) string {
	versions, err := os.ReadDir(service)
	if err != nil {
		return ""
	}
	for _, v := range slices.Backward(versions) {
		for _, name := range []string{"service-2.json.gz", "service-2.json"} {
			file := filepath.Join(service, v.Name(), name)
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
	}
	return ""
}

// readMetadata reads a model only as far as its metadata, which stands near the
// top: indexing four hundred services takes a fraction of a second.
func readMetadata(file string) (Metadata, error) {
	var m Metadata
	r, err := openModel(file)
	if err != nil {
		return m, err
	}
	defer r.Close()
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil {
		return m, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return m, err
		}
		if key == "metadata" {
			return m, d.Decode(&m)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return m, err
		}
	}
	return m, errors.New("no metadata")
}

// modelReader closes the file below a decompressed model.
type modelReader struct {
	io.Reader
	io.Closer
}

func openModel(file string) (io.ReadCloser, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(file, ".gz") {
		return f, nil
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return modelReader{z, f}, nil
}
