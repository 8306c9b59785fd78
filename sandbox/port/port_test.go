package port

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListenNamesWhoHasThePort(t *testing.T) {
	first, err := Listen(0)
	require.NoError(t, err)
	taken := first.Addr().(*net.TCPAddr).Port
	_, err = Listen(taken)
	require.ErrorContains(t, err, fmt.Sprintf("port %d of 127.0.0.1 is in use by pid %d (", taken, os.Getpid()))
	assert.ErrorContains(t, err, fmt.Sprintf("export ASSETGUARD_SANDBOX_PORT=%d", taken+1))

	require.NoError(t, first.Close())
	again, err := Listen(taken)
	require.NoError(t, err)
	require.NoError(t, again.Close())
	assert.Contains(t, holder(taken), fmt.Sprintf("lsof -i :%d", taken), "nobody has it")
}
