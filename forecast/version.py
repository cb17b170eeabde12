"""The version of the package: read by the build, the manifest of a run and `--version`."""

__version__ = "0.1.0"
