// The daemon runs on systems that have file modes and Unix sockets, and so do its tests.
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
