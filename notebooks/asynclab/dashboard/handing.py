"""How the kernel hands the parts to the server: the one name that both must know."""

VARIABLE = "ASYNCLAB_DASHBOARD"  # an environment variable: where the file with the parts is
