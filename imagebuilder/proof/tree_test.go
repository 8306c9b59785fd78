package proof

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the tree has from the start, and what the rules and violate/ install into it.
const (
	suite     = "bookworm"
	basePacks = "systemd,systemd-sysv,dbus,openssh-server,openssh-client,sudo,iproute2,procps,cron,kmod,ca-certificates,libpam-systemd"
	laterPack = "aide auditd chrony finger libpam-pwquality logrotate rsyslog talk telnet tftpd-hpa"
)

// machine skips the test where it cannot run, and says what is missing.
func machine(t *testing.T) {
	t.Helper()
	if os.Getenv("ASSETGUARD_IMAGE_TEST") == "" {
		t.Skip("takes minutes and makes containers: make image-test runs it")
	}
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	for _, program := range []string{"systemd-nspawn", "debootstrap"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if len(missing) > 0 {
		t.Skip("the rules are not proven on this machine, it lacks: " + strings.Join(missing, ", "))
	}
}

// making is held while the base tree is made, which several tests may ask for.
var making sync.Mutex

// baseTree is a Debian tree with the stand-ins, made once for each set of packages and kept below .sandbox.
func baseTree(t *testing.T) string {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	key := sha256.Sum256([]byte(suite + basePacks + laterPack))
	cache, err := filepath.Abs("../../.sandbox/image-test")
	require.NoError(t, err)
	base := filepath.Join(cache, "debian-"+hex.EncodeToString(key[:6]))
	if _, err := os.Stat(base); errors.Is(err, fs.ErrNotExist) {
		unfinished := base + ".unfinished"
		require.NoError(t, os.RemoveAll(unfinished))
		require.NoError(t, os.MkdirAll(cache, 0o755))
		from := mirror()
		reachable(t, from)
		host(t, "debootstrap", append([]string{"--variant=minbase", "--include=" + basePacks, suite, unfinished}, from...)...)
		startable(t, unfinished)
		// Only this step has the host's network.
		host(t, "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "--directory="+unfinished, "/bin/bash", "-euc",
			"apt-get update --quiet=2; apt-get install --yes --quiet=2 --download-only --no-install-recommends "+laterPack)
		require.NoError(t, os.Rename(unfinished, base))
	}
	startable(t, base)
	return base
}

// reachable skips the test where the tree cannot be fetched.
func reachable(t *testing.T, mirror []string) {
	t.Helper()
	if len(mirror) == 0 {
		return // debootstrap knows its own
	}
	answer, err := http.Get(strings.TrimSuffix(mirror[0], "/") + "/dists/" + suite + "/Release")
	if err != nil {
		t.Skip("the rules are not proven on this machine, the Debian mirror does not answer: " + err.Error())
	}
	require.NoError(t, answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		t.Skip("the rules are not proven on this machine, the Debian mirror answers " + answer.Status)
	}
}

// startable skips the test where containers may not be started, as in most containers.
func startable(t *testing.T, tree string) {
	t.Helper()
	command := exec.Command("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--pipe", "--directory="+tree, "/bin/true")
	if said, err := command.CombinedOutput(); err != nil {
		t.Skipf("the rules are not proven on this machine, systemd-nspawn starts no container: %v: %s", err, said)
	}
}

// mirror is the Debian mirror that this machine is set to, or nothing for debootstrap's own.
func mirror() []string {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: "+suite, "Component: main").Output()
	if err != nil || len(strings.Fields(string(out))) == 0 {
		return nil
	}
	return strings.Fields(string(out))[:1]
}

// tree is a machine to harden.
type tree struct {
	root, out string
}

// newTree is a copy of the base with the stand-ins in place, gone after the test.
func newTree(t *testing.T, base string) *tree {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(base), "tree-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	tr := &tree{root: filepath.Join(dir, "root"), out: filepath.Join(dir, "out")}
	require.NoError(t, os.Mkdir(tr.out, 0o755))
	host(t, "cp", "--archive", base, tr.root)
	require.NoError(t, os.WriteFile(filepath.Join(tr.root, "etc/hosts"), []byte("127.0.0.1 localhost\n"), 0o644))
	for _, name := range []string{"dnf", "rpm", "debian-name"} {
		host(t, "install", "-m", "755", "standin/"+name+".sh", filepath.Join(tr.root, "usr/local/bin", name))
	}
	return tr
}

// run executes scripts in the tree one after the other until one fails, each by a bash of its own. No systemd runs
// there, and the network is its own.
func (tr *tree) run(scripts ...string) error {
	var all strings.Builder
	for _, script := range scripts {
		fmt.Fprintf(&all, "base64 -d <<<%s | bash || { echo 'failed:'; base64 -d <<<%[1]s | head -2; exit 1; }\n", base64.StdEncoding.EncodeToString([]byte(script)))
	}
	command := tr.nspawn("--pipe", "/bin/bash")
	command.Stdin = strings.NewReader(all.String())
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, tail(string(out)))
	}
	return nil
}

func (tr *tree) nspawn(arguments ...string) *exec.Cmd {
	return exec.Command("systemd-nspawn", append([]string{"--quiet", "--register=no", "--keep-unit", "--private-network",
		"--machine=" + filepath.Base(filepath.Dir(tr.root)), "--directory=" + tr.root}, arguments...)...)
}

// boot starts the tree's systemd, runs inside.sh with an argument and waits until the machine is down.
func (tr *tree) boot(t *testing.T, argument string) {
	t.Helper()
	units := filepath.Join(filepath.Dir(tr.root), "units")
	require.NoError(t, os.MkdirAll(units, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(units, "proof.service"), []byte(`[Unit]
Description=Proof of the golden image's rules
[Service]
ExecStart=/bin/bash /proof-out/inside.sh `+argument+`
ExecStopPost=/bin/bash -c 'echo $EXIT_STATUS >/proof-out/code; systemctl --no-block poweroff'
`), 0o644))
	host(t, "install", "-m", "755", "inside.sh", tr.out)
	command := tr.nspawn("--boot", "--console=pipe", "--bind="+tr.out+":/proof-out",
		"--bind-ro="+filepath.Join(units, "proof.service")+":/run/systemd/system/proof.service",
		"systemd.wants=proof.service")
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	command.WaitDelay = 10 * time.Second
	require.NoError(t, command.Start())
	deadline := time.AfterFunc(4*time.Minute, func() { _ = command.Process.Signal(syscall.SIGTERM) })
	defer deadline.Stop()
	require.NoError(t, command.Wait(), said.String())
	require.Equal(t, "0", tr.read(t, "code"), "inside.sh: %s", tr.read(t, "check.log"))
}

// read is a file that inside.sh left.
func (tr *tree) read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(tr.out, name))
	require.NoError(t, err)
	return strings.TrimSpace(string(content))
}

// stamp is what a change of a file changes.
type stamp struct {
	mode     fs.FileMode
	uid, gid uint32
	size     int64
	modified time.Time
	target   string
}

// stamps are all files of the tree but for what any command writes: caches, logs that exist, package lists.
func (tr *tree) stamps(t *testing.T) map[string]stamp {
	t.Helper()
	all := map[string]stamp{}
	require.NoError(t, filepath.WalkDir(tr.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(path, tr.root), "/")
		if entry.IsDir() && (name == "/var/lib/golden-image" || name == "/var/cache" || name == "/dev" || name == "/run") {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s := stamp{mode: info.Mode(), size: info.Size(), modified: info.ModTime()}
		if entry.IsDir() { // a directory changes with what is in it, which is seen itself
			s.size, s.modified = 0, time.Time{}
		}
		if sys, ok := info.Sys().(*syscall.Stat_t); ok {
			s.uid, s.gid = sys.Uid, sys.Gid
		}
		if entry.Type() == fs.ModeSymlink {
			s.target, err = os.Readlink(path)
		}
		all[name] = s
		return err
	}))
	return all
}

// host runs a command of this machine.
func host(t *testing.T, name string, arguments ...string) {
	t.Helper()
	out, err := exec.Command(name, arguments...).CombinedOutput()
	require.NoError(t, err, "%s: %s", name, tail(string(out)))
}

func tail(text string) string { return text[max(0, len(text)-2000):] }
