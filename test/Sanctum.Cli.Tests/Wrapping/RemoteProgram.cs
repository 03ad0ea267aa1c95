using System.Diagnostics;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary>The server over HTTP of <c>remote.py</c>. Its first line is its port.</summary>
internal sealed class RemoteProgram : IDisposable
{
    private readonly Process _process;

    /// <param name="folder">Where it runs.</param>
    /// <param name="certificate">A file with a certificate and its key; null for a server without TLS.</param>
    /// <param name="isOpen">Whether it wants no key.</param>
    public RemoteProgram(string folder, string? certificate = null, bool isOpen = false)
    {
        string[] words = ["python3", Path.Join(AppContext.BaseDirectory, "Wrapping", "remote.py"), .. certificate is null ? (string[])[] : [certificate]];
        var start = new ProcessStartInfo("/usr/bin/env", words) { RedirectStandardOutput = true, WorkingDirectory = folder };
        if (isOpen)
        {
            start.Environment["OPEN"] = "1";
        }

        _process = Process.Start(start)!;
    }

    public Task<string?> LineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
