using System.Diagnostics;
using System.Globalization;

namespace Sanctum.Daemon.Tests;

/// <summary>A daemon in a process of its own, as an attacker on the machine sees it. Its standard error is read by nobody until a test does.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private readonly Process _process;

    private DaemonProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamReader Log => _process.StandardError;

    /// <summary>What it has used of all processors.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it holds of the machine's memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            // From several threads at once, where a Process would not do: size, then what is resident, in pages.
            var pages = File.ReadAllText($"/proc/{Id}/statm").Split(' ')[1];
            return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
    }

    /// <param name="vault">The vault that it serves, unsealed.</param>
    /// <param name="prologue">Shell commands before it, such as <c>ulimit -n 200</c>.</param>
    /// <param name="environment">Variables that it has besides the tests'.</param>
    public static async Task<DaemonProcess> StartAsync(VaultFixture vault, string prologue = ":", params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo("/bin/sh", ["-c", $"{prologue}; exec dotnet \"$@\"", "sh", Program, vault.Folder, VaultFixture.Passphrase])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info)!;
        var said = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
        if (said != "ready")
        {
            Assert.Fail($"the daemon did not start: {await process.StandardError.ReadToEndAsync()}");
        }

        return new DaemonProcess(process);
    }

    /// <summary>Sets how many files it may have open from now on.</summary>
    public async Task LimitDescriptorsAsync(int count)
    {
        using var limit = Process.Start("prlimit", ["--pid", Id.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"--nofile={count}:")]);
        await limit.WaitForExitAsync();
        Assert.Equal(0, limit.ExitCode);
    }

    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndedAsync(TimeSpan atMost)
    {
        using var late = new CancellationTokenSource(atMost);
        await _process.WaitForExitAsync(late.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Program => Path.Join(AppContext.BaseDirectory, "Sanctum.Daemon.Process.dll");
}
