using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Mcp.Wrapping;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Cli.Attack;

/// <summary>A host whose server is wrapped, as <c>sanctum mcp wrap</c> does it.</summary>
internal sealed class WrappedHost : IAsyncDisposable
{
    /// <summary>What the operator calls the server. A policy lets the agent call all of its tools.</summary>
    public const string Server = "poisoned";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-attack-tools-");
    private readonly Pipe _toServer = new();
    private readonly Pipe _toHost = new();
    private readonly StreamReader _lines;
    private readonly Task _running;
    private readonly CancellationToken _cancelled;
    private int _asked;

    public WrappedHost(AttackField ground, PoisonedServer server)
    {
        _cancelled = ground.Cancelled;
        _lines = new StreamReader(_toHost.Reader.AsStream());
        var options = new WrapOptions { Pins = PinFiles.For(_folder.FullName, Server, [Server]), AcceptCommand = $"sanctum mcp tools {Server} --accept", Note = _ => { } };
        _running = ServerWrapper.RunAsync(ground.Client, options, server, _toServer.Reader.AsStream(), _toHost.Writer.AsStream(), _cancelled);
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The line that has the response.</returns>
    public async Task<string> AskAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_asked;
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await _toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(request.ToJsonString() + "\n"), _cancelled).ConfigureAwait(false);
        while (true)
        {
            var line = await _lines.ReadLineAsync(_cancelled).ConfigureAwait(false) ?? throw new IOException("the wrapper has ended");
            var message = JsonElement.Parse(line);
            if (message.TryGetProperty("id", out var its) && its.ValueKind == JsonValueKind.Number && its.GetInt32() == id)
            {
                return line;
            }
        }
    }

    /// <summary>Calls a tool.</summary>
    public Task<string> CallAsync(string tool) => AskAsync("tools/call", new JsonObject { ["name"] = tool });

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lines.Dispose();
        _folder.Delete(recursive: true);
    }
}
