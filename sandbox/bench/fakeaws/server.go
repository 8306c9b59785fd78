package fakeaws

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is the endpoint. It is safe for concurrent use.
type Server struct {
	listener net.Listener
	server   *http.Server

	mutex   sync.Mutex
	account Account
	objects map[string][]byte // of all buckets, by key
	seen    Recording
}

// Recording is what was asked of the endpoint since the last Reset.
type Recording struct {
	// Calls counts calls by "service:Operation", further attempts at one not among them; the service is that of
	// the signature.
	Calls map[string]int
	// Retries counts the further attempts.
	Retries int
	// Tags are the tags that were written, by ARN.
	Tags map[string]map[string]string
	// Findings are the findings that were imported, and the updates of those that were changed, by id.
	Findings map[string]any
	// Objects are the objects that were written, by key. What was removed again is not among them.
	Objects map[string][]byte
	// Unknown are the calls that the endpoint has no answer for.
	Unknown []string
}

// Start listens on a free port of the loopback interface.
func Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fake AWS endpoint: %w", err)
	}
	s := &Server{listener: listener}
	s.Reset(Account{})
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // ends with ErrServerClosed by Close
	return s, nil
}

// URL is the endpoint, for AWS_ENDPOINT_URL.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the endpoint.
func (s *Server) Close() error { return s.server.Close() }

// Reset forgets what was recorded and written, and answers from another account from now on.
func (s *Server) Reset(account Account) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.account, s.objects = account, maps.Clone(account.Objects)
	if s.objects == nil {
		s.objects = map[string][]byte{}
	}
	s.seen = Recording{Calls: map[string]int{}, Tags: map[string]map[string]string{}, Findings: map[string]any{}}
}

// Recording returns what was recorded.
func (s *Server) Recording() Recording {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r := Recording{Calls: maps.Clone(s.seen.Calls), Tags: maps.Clone(s.seen.Tags), Findings: maps.Clone(s.seen.Findings), Objects: map[string][]byte{}, Retries: s.seen.Retries}
	for key, body := range s.objects {
		if _, given := s.account.Objects[key]; !given {
			r.Objects[key] = body
		}
	}
	r.Unknown = append(r.Unknown, s.seen.Unknown...)
	return r
}

// maxBody bounds a request: the largest is an object of a register.
const maxBody = 64 << 20

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	call, err := parseCall(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a, known := s.answer(call)
	if !known {
		http.Error(w, "no answer is declared for "+call.name(), http.StatusNotImplemented)
		return
	}
	if len(a.body) > longAnswer {
		time.Sleep(longPause)
	}
	w.Header().Set("Content-Type", a.contentType)
	if a.errorCode != "" {
		w.Header().Set("X-Amzn-Errortype", a.errorCode)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a function that hangs up is seen by its end
}

// The SDK for Go closes a request's body as soon as the answer begins, and a connection whose request was not yet
// seen off by then is given up: the rest of a long answer is lost, and the call is made again. No network is fast
// enough for that; this endpoint is, so it waits before answers that do not fit into a client's first read.
const (
	longAnswer = 3 << 10
	longPause  = time.Millisecond
)

// answer records a call and answers it.
func (s *Server) answer(c *call) (a answer, known bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
	if again := c.header.Get("Amz-Sdk-Request"); again != "" && !strings.HasPrefix(again, "attempt=1") {
		s.seen.Retries++
	} else {
		s.seen.Calls[c.name()]++
	}
	do, known := operations[c.name()]
	if !known {
		s.seen.Unknown = append(s.seen.Unknown, c.name())
		return answer{}, false
	}
	return do(s, c), true
}

// call is a request.
type call struct {
	service, operation string
	region             string
	bucket, key        string // S3
	form               map[string][]string
	header             http.Header
	path               string
	query              map[string][]string
	body               []byte
}

func (c *call) name() string { return c.service + ":" + c.operation }

// parseCall finds out which operation a request is. Region and service stand in the signature's scope:
// Credential=KEY/DATE/REGION/SERVICE/aws4_request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func parseCall(r *http.Request, body []byte) (*call, error) {
	if r.URL.Path == webhookPath {
		return &call{service: "slack", operation: "Post", header: r.Header, body: body}, nil
	}
	_, credential, signed := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/")
	if !signed || len(scope) < 4 {
		return nil, fmt.Errorf("%s %s is not signed", r.Method, r.URL.Path)
	}
	c := &call{region: scope[2], service: scope[3], header: r.Header, path: r.URL.Path, query: r.URL.Query(), body: body}
	return c, c.findOperation(r.Method)
}
