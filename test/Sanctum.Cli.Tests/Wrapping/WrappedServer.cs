using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary>The real executable with a server behind it, and a host that says exactly what it is told to.</summary>
internal sealed class WrappedServer : IAsyncDisposable
{
    public const string Revision = "2025-11-25";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private int _calls = 100;

    public WrappedServer(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(CliProcess.Path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Everything that came, line by line.</summary>
    public List<string> Lines { get; } = [];

    public static string Hello(string revision = Revision) =>
        $$$$"""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"{{{{revision}}}}","capabilities":{"roots":{}},"clientInfo":{"name":"test","version":"1"}}}""";

    /// <summary>Shakes hands.</summary>
    public async Task<WrappedServer> HelloAsync(string revision = Revision)
    {
        await WriteAsync(Hello(revision));
        Assert.Equal(0, (await ReadAsync()).GetProperty("id").GetInt32());
        await WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return this;
    }

    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next message.</summary>
    public async Task<JsonElement> ReadAsync() => JsonElement.Parse(await ReadLineAsync() ?? throw new InvalidOperationException($"it has ended: {await _errors.WaitAsync(Longest)}"));

    public async Task<string?> ReadLineAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Longest);
        if (line is not null)
        {
            Lines.Add(line);
        }

        return line;
    }

    /// <summary>Sends a request, and reads until its response.</summary>
    public async Task<JsonElement> AskAsync(string method, JsonObject? parameters = null)
    {
        var id = _calls++;
        await WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] }.ToJsonString());
        while (true)
        {
            var message = await ReadAsync();
            if (message.TryGetProperty("id", out var its) && its.ValueKind == JsonValueKind.Number && its.GetInt32() == id && !message.TryGetProperty("method", out _))
            {
                return message;
            }
        }
    }

    public Task<JsonElement> ListAsync() => AskAsync("tools/list");

    public Task<JsonElement> CallAsync(string tool, JsonObject arguments) => AskAsync("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments });

    /// <summary>Has the server do something that its tool <c>act</c> does.</summary>
    public Task<JsonElement> ActAsync(string what, params (string Name, JsonNode Value)[] more)
    {
        var arguments = new JsonObject { ["what"] = what };
        foreach (var (name, value) in more)
        {
            arguments[name] = value;
        }

        return CallAsync("act", arguments);
    }

    public static string TextOf(JsonElement response) => response.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString()!;

    public static string CodeOf(JsonElement response) => response.GetProperty("error").GetProperty("data").GetProperty("code").GetString()!;

    /// <summary>The host hangs up.</summary>
    /// <returns>What came meanwhile, the exit code, and what stands on standard error.</returns>
    public async Task<(string Left, int ExitCode, string Errors)> HangUpAsync()
    {
        _process.StandardInput.Close();
        var rest = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Longest);
        await _process.WaitForExitAsync().WaitAsync(Longest);
        return (rest, _process.ExitCode, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await HangUpAsync();
        }

        _process.Dispose();
    }
}
