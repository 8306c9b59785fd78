// Package real gives tests the real programs that they need: the Terraform provider and the AWS emulator.
//
// Where one is missing a test is skipped, except in CI (CI=true), where that is a failure: there the real programs
// are what is being tested.
package real

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"assetguard/sandbox/provider/terraform"
)

// Provider is the path of the terraform-provider-aws binary.
func Provider(t testing.TB) string {
	t.Helper()
	path, err := terraform.System().Locate()
	if err != nil {
		missing(t, err.Error())
	}
	return path
}

// AWS starts an empty emulated AWS on a free loopback port, points this process's environment at it, and returns its
// URL. It ends with the test.
func AWS(t testing.TB) string {
	t.Helper()
	server, err := exec.LookPath("moto_server")
	if err != nil {
		missing(t, "moto_server is not on PATH; install it with `pip install 'moto[server]'`")
	}
	port := freePort(t)
	cmd := exec.Command(server, "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	if err := cmd.Start(); err != nil {
		t.Fatalf("start moto: %v", err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Errorf("stop moto: %v", err)
		}
		_ = cmd.Wait() // reports the kill
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, url)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "ap-northeast-2",
	} {
		t.Setenv(name, value)
	}
	return url
}

func await(t testing.TB, url string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		r, err := http.Get(url + "/moto-api/")
		if err == nil {
			r.Body.Close()
			return
		}
	}
	t.Fatal("moto does not answer")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}
