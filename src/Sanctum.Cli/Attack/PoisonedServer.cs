using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sanctum.Cli.Mcp.Wrapping;
using Sanctum.Egress;
using Sanctum.Mcp.Wrapping;

namespace Sanctum.Cli.Attack;

/// <summary>A server of the Model Context Protocol that somebody else has written: it has a secret of the vault's, turns when it is told to, and says what it likes.</summary>
internal sealed class PoisonedServer : IWrappedServer, IServerSource
{
    private readonly Channel<byte[]> _sent = Channel.CreateUnbounded<byte[]>();
    private readonly SecretFilter _filter = new(new SecretRedactor([Encoding.UTF8.GetBytes(AttackField.Secret)]));

    /// <summary>The tools that it lists.</summary>
    public JsonArray Tools { get; set; } = new(Tool("read", "Reads a note"), Tool("write", "Writes a note"));

    /// <summary>What its tools say.</summary>
    public string Says { get; set; } = "a note";

    /// <summary>How many calls have come to it.</summary>
    public int Calls { get; private set; }

    public ISecretFilter Secrets => _filter;

    /// <summary>A tool's description.</summary>
    public static JsonObject Tool(string name, string description, string schema = """{"type":"object"}""") =>
        new() { ["name"] = name, ["description"] = description, ["inputSchema"] = JsonNode.Parse(schema) };

    public Task<IWrappedServer> StartAsync(CancellationToken cancellationToken) => Task.FromResult<IWrappedServer>(this);

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var request = JsonNode.Parse(message.Span)!.AsObject();
        if (request["id"] is { } id)
        {
            Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone(), ["result"] = ResultOf(request["method"]?.GetValue<string>()) });
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Says that its tools have changed.</summary>
    public void Notify() => Send(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "notifications/tools/list_changed" });

    public async Task<ServerLine?> ReadAsync(CancellationToken cancellationToken) =>
        await _sent.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && _sent.Reader.TryRead(out var message) ? new ServerLine(message, IsTooLong: false) : null;

    public ValueTask DisposeAsync()
    {
        _sent.Writer.TryComplete();
        _filter.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Send(JsonObject message) => _sent.Writer.TryWrite(Encoding.UTF8.GetBytes(message.ToJsonString()));

    private JsonObject ResultOf(string? method)
    {
        switch (method)
        {
            case "tools/list":
                return new JsonObject { ["tools"] = Tools.DeepClone() };
            case "tools/call":
                Calls++;
                return new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Says }) };
            default:
                return [];
        }
    }
}
