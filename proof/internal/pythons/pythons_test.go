// SPDX-License-Identifier: Apache-2.0

package pythons

import (
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

func TestLatest(t *testing.T) {
	all := All(t)
	if latest := Latest(t, 1); len(latest) != 1 || latest[0] != all[len(all)-1] {
		t.Errorf("the latest is %v", latest)
	}
	if n := len(Latest(t, 100)); n != len(all) {
		t.Errorf("%d of the latest 100, %d in all", n, len(all))
	}
}

// Two tests that want the same environment get it, made once.
func TestVenv(t *testing.T) {
	for _, p := range Latest(t, 2) {
		t.Run(p.Version, func(t *testing.T) {
			var paths [2]string
			var group sync.WaitGroup
			for i := range paths {
				group.Go(func() { paths[i] = Venv(t, p, "idna==3.10") })
			}
			group.Wait()
			if paths[0] != paths[1] {
				t.Fatalf("two environments: %q", paths)
			}
			out, err := exec.Command(paths[0], "-c", "import idna, sys; print(idna.__version__, sys.version.split()[0])").Output()
			if got, want := strings.TrimSpace(string(out)), "3.10 "+p.Version; err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestOffline(t *testing.T) {
	for text, want := range map[string]bool{
		"WARNING: Retrying after connection broken by 'NewConnectionError(...)'\nERROR: No matching distribution found for idna": true,
		"ERROR: No matching distribution found for idna==99":                                                                     false,
	} {
		if got := offline(&runError{errors.New("exit status 1"), text}); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestCurtain(t *testing.T) {
	out, err := exec.Command(Curtain(t), "--version").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "curtain") {
		t.Errorf("%v: %s", err, out)
	}
}
