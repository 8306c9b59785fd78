package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// author is who writes with the token of a workflow. What others write is never edited, whatever it contains.
const author = "github-actions[bot]"

// repository is one repository behind GitHub's REST API.
// https://docs.github.com/en/rest/issues
type repository struct {
	api   string // such as https://api.github.com
	name  string // owner/name
	token string
	http  *http.Client
}

// newRepository reads the variables that GitHub gives every job, and the token that the workflow gives this one.
func newRepository(getenv func(string) string) (*repository, error) {
	r := &repository{
		api:   getenv("GITHUB_API_URL"),
		name:  getenv("GITHUB_REPOSITORY"),
		token: getenv("GITHUB_TOKEN"),
		http:  &http.Client{Timeout: 30 * time.Second},
	}
	var missing []error
	for name, value := range map[string]string{"GITHUB_API_URL": r.api, "GITHUB_REPOSITORY": r.name, "GITHUB_TOKEN": r.token} {
		if value == "" {
			missing = append(missing, errors.New(name+": not set; this runs in a GitHub workflow"))
		}
	}
	return r, errors.Join(missing...)
}

// post is a comment or an issue.
type post struct {
	ID     int64  `json:"id"`
	Number int    `json:"number"`
	Body   string `json:"body"`
	User   struct {
		Login string `json:"login"`
	} `json:"user"`
	PullRequest *struct{} `json:"pull_request"` // an issue that has it is a pull request
}

// comment writes the preview into its comment on the pull request, and makes that on the first time.
func (r *repository) comment(ctx context.Context, pull int, p preview) error {
	list := fmt.Sprintf("issues/%d/comments", pull)
	found, err := r.find(ctx, list, p.marker())
	if err != nil {
		return err
	}
	body := map[string]string{"body": p.markdown()}
	if found == nil {
		return r.call(ctx, http.MethodPost, list, body, nil)
	}
	return r.call(ctx, http.MethodPatch, fmt.Sprintf("issues/comments/%d", found.ID), body, nil)
}

// issue opens or updates the issue of a stack that drifted, and closes it when the drift is gone. A check that
// failed says nothing about drift, and changes nothing.
func (r *repository) issue(ctx context.Context, p preview) error {
	if p.Outcome == failed {
		return nil
	}
	found, err := r.find(ctx, "issues?state=open", p.marker())
	if err != nil {
		return err
	}
	switch {
	case p.Outcome == changes && found == nil:
		return r.call(ctx, http.MethodPost, "issues", map[string]string{"title": "Drift of " + p.Stack, "body": p.markdown()}, nil)
	case p.Outcome == changes:
		return r.call(ctx, http.MethodPatch, fmt.Sprintf("issues/%d", found.Number), map[string]string{"body": p.markdown()}, nil)
	case found != nil:
		note := map[string]string{"body": "The drift is gone: " + p.origin()}
		if err := r.call(ctx, http.MethodPost, fmt.Sprintf("issues/%d/comments", found.Number), note, nil); err != nil {
			return err
		}
		return r.call(ctx, http.MethodPatch, fmt.Sprintf("issues/%d", found.Number), map[string]string{"state": "closed"}, nil)
	default:
		return nil
	}
}

// find returns the first post of ours in a list that begins with the marker, or nil.
func (r *repository) find(ctx context.Context, list, marker string) (*post, error) {
	separator := "?"
	if strings.Contains(list, "?") {
		separator = "&"
	}
	const size = 100
	for page := 1; ; page++ {
		var posts []post
		path := list + separator + "per_page=" + strconv.Itoa(size) + "&page=" + strconv.Itoa(page)
		if err := r.call(ctx, http.MethodGet, path, nil, &posts); err != nil {
			return nil, err
		}
		for _, p := range posts {
			if p.User.Login == author && p.PullRequest == nil && strings.HasPrefix(p.Body, marker) {
				return &p, nil
			}
		}
		if len(posts) < size {
			return nil, nil
		}
	}
}

// call makes one call below the repository. answer may be nil.
func (r *repository) call(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, r.api+"/repos/"+r.name+"/"+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	response, err := r.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: GitHub answers %s: %s", method, path, response.Status, data)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(data, answer)
}
