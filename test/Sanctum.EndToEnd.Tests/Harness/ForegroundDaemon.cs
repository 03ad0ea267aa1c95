using System.Diagnostics;
using System.Text;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>The real daemon as a child of this process: one that can be killed, told to end, and looked at.</summary>
internal sealed class ForegroundDaemon : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly StringBuilder _said = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _silent;
    private readonly Task _reading;

    private ForegroundDaemon(Process process)
    {
        Process = process;
        _reading = ReadAllAsync();
    }

    public Process Process { get; }

    /// <summary>All that it has written, log and all.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts it on a home's vault, with the home's passphrase; returns once it serves.</summary>
    public static Task<ForegroundDaemon> StartAsync(SanctumHome home, params string[] arguments) =>
        ServeAsync(home, [.. arguments, "--passphrase-file", home.PassphraseFile]);

    public static Task<ForegroundDaemon> StartSealedAsync(SanctumHome home, params string[] arguments) =>
        ServeAsync(home, [.. arguments, "--sealed"]);

    /// <summary>Starts it with just these arguments, and does not wait for anything.</summary>
    public static ForegroundDaemon Launch(SanctumHome home, string[] arguments, params (string Name, string Value)[] environment)
    {
        return Launch(home, SanctumExecutable.Start(arguments), environment);
    }

    /// <summary>Starts a command that is the daemon, or becomes it.</summary>
    public static ForegroundDaemon Launch(SanctumHome home, ProcessStartInfo start, params (string Name, string Value)[] environment)
    {
        start.WorkingDirectory = home.Directory;
        start.Environment["HOME"] = home.Directory;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ForegroundDaemon(process);
    }

    /// <summary>Waits until it says that it serves; when it ends instead, what it said is the failure.</summary>
    public Task ServingAsync() => SaysAsync("serving agents on", "Ctrl-C ends it");

    /// <summary>Waits until it says one of these.</summary>
    public async Task SaysAsync(params string[] texts)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task more;
            lock (_said)
            {
                var said = _said.ToString();
                if (texts.Any(it => said.Contains(it, StringComparison.Ordinal)))
                {
                    return;
                }

                Assert.False(_silent, "it ended before that:\n" + said);
                more = _more.Task;
            }

            await more.WaitAsync(patience.Token);
        }
    }

    /// <summary>SIGKILL: the process has no say in it.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM, and the exit code that follows it.</summary>
    public async Task<int> TerminateAsync()
    {
        Process.SendTerminate();
        return await EndedAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> EndedAsync()
    {
        await Process.WaitForExitAsync().WaitAsync(Patience);
        await _reading.WaitAsync(Patience);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            await KillAsync();
        }

        Process.Dispose();
    }

    private static async Task<ForegroundDaemon> ServeAsync(SanctumHome home, string[] arguments)
    {
        var daemon = Launch(home, ["daemon", "start", "--foreground", .. arguments]);
        try
        {
            await daemon.ServingAsync();
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    private async Task ReadAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            Note(line);
        }
    }

    private void Note(string? line)
    {
        lock (_said)
        {
            _silent = line is null;
            _said.AppendLine(line);
            _more.TrySetResult();
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task ReadAllAsync()
    {
        await Task.WhenAll(ReadAsync(Process.StandardOutput), ReadAsync(Process.StandardError));
        Note(null);
    }
}
