using System.Diagnostics;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>The independent client, <c>test/python/sanctum_wire.py</c>, as a child process.</summary>
internal sealed class PythonWire : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PythonWire(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    private static string Program { get; } = Path.Join(Repository.Root, "test/python/sanctum_wire.py");

    // Debian installs the package for its own interpreter, which need not be the first in the path.
    private static readonly Lazy<string?> Interpreter = new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(HasNaCl));

    /// <summary>Starts it; the test is skipped, and says why, where it can't run.</summary>
    public static PythonWire Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        Assert.SkipWhen(Interpreter.Value is null, "the independent client needs python3 with PyNaCl (Debian: python3-nacl), which is not installed");
        return new PythonWire(Launch(Interpreter.Value!, [Program, .. arguments], environment));
    }

    /// <summary>The next line that it writes.</summary>
    public async Task<JsonNode> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var line = await _process.StandardOutput.ReadLineAsync(patience.Token)
            ?? throw new InvalidOperationException("it ended: " + await _errors);
        return JsonNode.Parse(line)!;
    }

    /// <summary>A call, and its whole reply.</summary>
    public async Task<JsonNode> CallAsync(string method, JsonObject? parameters = null)
    {
        await _process.StandardInput.WriteLineAsync(
            new JsonObject { ["method"] = method, ["params"] = parameters ?? [] }.ToJsonString());
        await _process.StandardInput.FlushAsync();
        return await ReadAsync();
    }

    /// <summary>Lets it end, and gives its exit code and all that it still wrote.</summary>
    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = await _process.StandardOutput.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
        return (_process.ExitCode, output + await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static Process Launch(string python, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(python, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static bool HasNaCl(string python)
    {
        try
        {
            using var process = Launch(python, ["-c", "import nacl.signing, nacl.secret"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program.
            return false;
        }
    }
}
