package inbox

import (
	"image"
	_ "image/png" // the format of screenshots
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// envShots, if set, is a directory that keeps the screenshots, for people to look at.
const envShots = "ASSETGUARD_INBOX_SCREENSHOTS"

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium on PATH: the page is not looked at in a browser here; the other tests parse it")
	return ""
}

// TestInABrowser: a browser shows the messages, and runs nothing of what a hostile one holds.
func TestInABrowser(t *testing.T) {
	program := chromium(t)
	b := &Box{}
	b.Deliver(Email{From: "AWS Notifications <no-reply@sns.amazonaws.com>", To: "security@example.com", Subject: "[CRITICAL] S3.8 public bucket",
		Text: "심각한 발견입니다.\n\n자산: lecture-1\n소유자: DevOps\n"})
	require.Equal(t, http.StatusOK, b.Post("/services/T/B/x", []byte(sample)).Status)
	require.Equal(t, http.StatusOK, b.Post("/services/T/B/x", hostile(t)).Status)
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	shots := os.Getenv(envShots)
	if shots == "" {
		shots = t.TempDir()
	}
	for name, query := range map[string]string{"email": "?lang=ko&id=1", "slack": "?lang=ko&id=2", "hostile": "?lang=en&id=3"} {
		t.Run(name, func(t *testing.T) {
			shot := filepath.Join(shots, name+".png")
			flags := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + t.TempDir(), "--window-size=1200,760"}
			page := server.URL + "/_sandbox/inbox" + query
			_, err := exec.CommandContext(t.Context(), program, append(flags, "--screenshot="+shot, page)...).Output()
			require.NoError(t, err)
			assert.Greater(t, colours(t, shot), 20, "the page is not blank")
			dom, err := exec.CommandContext(t.Context(), program, append(flags, "--dump-dom", page)...).Output()
			require.NoError(t, err)
			assert.Len(t, texts(t, string(dom), "article"), 1)
			assert.Empty(t, texts(t, string(dom), "script"))
		})
	}
}

// colours is how many colours a picture has.
func colours(t *testing.T, path string) int {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	picture, _, err := image.Decode(file)
	require.NoError(t, err)
	seen := map[[3]uint32]bool{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
