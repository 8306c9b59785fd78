package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hub is a GitHub with one repository.
type hub struct {
	issues   []post
	comments map[int][]post // by issue
	closed   []int
	refuses  bool
	next     int64
}

func startHub(t *testing.T) (*hub, *repository) {
	t.Helper()
	h := &hub{comments: map[int][]post{}, next: 100}
	server := httptest.NewServer(h.routes(t))
	t.Cleanup(server.Close)
	return h, &repository{api: server.URL, name: "example/assetguard", token: "token", http: server.Client()}
}

func (h *hub) routes(t *testing.T) http.Handler {
	mux := http.NewServeMux()
	const base = "/repos/example/assetguard/"
	mux.HandleFunc("GET "+base+"issues", func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "open", r.URL.Query().Get("state"))
		page(t, w, r, h.issues)
	})
	mux.HandleFunc("GET "+base+"issues/{number}/comments", func(w http.ResponseWriter, r *http.Request) {
		page(t, w, r, h.comments[number(t, r)])
	})
	mux.HandleFunc("POST "+base+"issues", func(_ http.ResponseWriter, r *http.Request) {
		h.issues = append(h.issues, h.made(t, r))
	})
	mux.HandleFunc("POST "+base+"issues/{number}/comments", func(_ http.ResponseWriter, r *http.Request) {
		h.comments[number(t, r)] = append(h.comments[number(t, r)], h.made(t, r))
	})
	mux.HandleFunc("PATCH "+base+"issues/comments/{number}", func(_ http.ResponseWriter, r *http.Request) {
		for issue := range h.comments {
			for i := range h.comments[issue] {
				if h.comments[issue][i].ID == int64(number(t, r)) {
					h.comments[issue][i].Body = body(t, r)["body"]
				}
			}
		}
	})
	mux.HandleFunc("PATCH "+base+"issues/{number}", func(_ http.ResponseWriter, r *http.Request) {
		sent := body(t, r)
		if sent["state"] == "closed" {
			h.closed = append(h.closed, number(t, r))
			return
		}
		for i := range h.issues {
			if h.issues[i].Number == number(t, r) {
				h.issues[i].Body = sent["body"]
			}
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		if h.refuses {
			http.Error(w, `{"message": "Resource not accessible by integration"}`, http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func page(t *testing.T, w io.Writer, r *http.Request, posts []post) {
	t.Helper()
	size, err := strconv.Atoi(r.URL.Query().Get("per_page"))
	assert.NoError(t, err)
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	assert.NoError(t, err)
	first := min((number-1)*size, len(posts))
	assert.NoError(t, json.NewEncoder(w).Encode(posts[first:min(first+size, len(posts))]))
}

func number(t *testing.T, r *http.Request) int {
	t.Helper()
	n, err := strconv.Atoi(r.PathValue("number"))
	assert.NoError(t, err)
	return n
}

func body(t *testing.T, r *http.Request) map[string]string {
	t.Helper()
	sent := map[string]string{}
	assert.NoError(t, json.NewDecoder(r.Body).Decode(&sent))
	return sent
}

func (h *hub) made(t *testing.T, r *http.Request) post {
	t.Helper()
	h.next++
	p := by(author, body(t, r)["body"])
	p.ID, p.Number = h.next, int(h.next)
	return p
}

func by(login, text string) post {
	p := post{Body: text}
	p.User.Login = login
	return p
}

func TestCommentIsOnePerStack(t *testing.T) {
	h, repository := startHub(t)
	dev := example(changes, sample(t, "changes.txt"), false)
	prod := dev
	prod.Stack = "prod"
	// Somebody quotes the comment, and so many write that ours is on a later page.
	h.comments[12] = append(h.comments[12], by("someone", dev.markdown()))
	for i := range 150 {
		h.comments[12] = append(h.comments[12], by("someone", fmt.Sprint("comment ", i)))
	}
	for _, p := range []preview{dev, prod, dev, prod} {
		require.NoError(t, repository.comment(t.Context(), 12, p))
	}
	dev.Outcome, dev.Output = unchanged, sample(t, "unchanged.txt")
	require.NoError(t, repository.comment(t.Context(), 12, dev))

	require.Len(t, h.comments[12], 153)
	assert.Contains(t, h.comments[12][0].Body, "2 to create", "what others wrote stays")
	assert.Contains(t, h.comments[12][151].Body, "No changes")
	assert.Contains(t, h.comments[12][152].Body, "Preview of `prod`")
}

func TestIssueIsOnePerStack(t *testing.T) {
	h, repository := startHub(t)
	drifted := example(changes, sample(t, "drift.txt"), true)
	pull := by(author, drifted.marker())
	pull.PullRequest = &struct{}{}
	h.issues = []post{pull, by("someone", drifted.marker())}

	require.NoError(t, repository.issue(t.Context(), example(unchanged, "", true)))
	require.Len(t, h.issues, 2, "nothing to tell")
	require.NoError(t, repository.issue(t.Context(), drifted))
	require.Len(t, h.issues, 3)
	assert.Contains(t, h.issues[2].Body, "retentionInDays: 7 => 30")

	drifted.Output = strings.ReplaceAll(drifted.Output, "7 => 30", "14 => 30")
	require.NoError(t, repository.issue(t.Context(), drifted))
	require.Len(t, h.issues, 3, "the open issue is used again")
	assert.Contains(t, h.issues[2].Body, "retentionInDays: 14 => 30")

	require.NoError(t, repository.issue(t.Context(), example(failed, "error", true)))
	assert.Empty(t, h.closed, "a check that failed says nothing")
	require.NoError(t, repository.issue(t.Context(), example(unchanged, "", true)))
	assert.Equal(t, []int{h.issues[2].Number}, h.closed)
	assert.Contains(t, h.comments[h.issues[2].Number][0].Body, "The drift is gone")
}

func TestGitHubRefuses(t *testing.T) {
	h, repository := startHub(t)
	h.refuses = true
	err := repository.comment(t.Context(), 12, example(unchanged, "", false))
	require.ErrorContains(t, err, "403")
	require.ErrorContains(t, err, "Resource not accessible by integration")
	assert.Error(t, repository.issue(t.Context(), example(changes, "", true)))
}

// One file that cannot be read does not keep the others from being published.
func TestEachFile(t *testing.T) {
	h, repository := startHub(t)
	dir := t.TempDir()
	good := dir + "/good.json"
	require.NoError(t, example(unchanged, "", false).write(good))
	environment := map[string]string{
		"GITHUB_API_URL": repository.api, "GITHUB_REPOSITORY": repository.name, "GITHUB_TOKEN": repository.token,
	}
	var out strings.Builder
	c := command{getenv: func(name string) string { return environment[name] }, out: &out}
	err := c.do(t.Context(), []string{"comment", "-pull", "12", dir + "/none.json", good})
	require.ErrorContains(t, err, "none.json")
	assert.Len(t, h.comments[12], 1)
	assert.Equal(t, "Preview of `dev`: unchanged\n", out.String())

	environment = nil
	err = c.do(t.Context(), []string{"issue", good})
	for _, name := range []string{"GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"} {
		assert.ErrorContains(t, err, name+": not set")
	}
}
