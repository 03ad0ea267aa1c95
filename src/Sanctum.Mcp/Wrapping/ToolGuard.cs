using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.Mcp.Wrapping.Cleaning;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// Holds a server to the tools that were accepted, all of them: where one is added, gone or described otherwise, none is listed or called until somebody has looked. And has the vault
/// decide which of them the agent may call.
/// </summary>
internal sealed class ToolGuard(SanctumClient vault, ServerRestarts server, WrapOptions options)
{
    private const int MostPages = 256;
    private const int AtOnce = 256;

    // Those that were compared last, and whose they are; and whether they have to be asked for again.
    private volatile Verified? _verified;
    private volatile bool _isStale;

    /// <summary>The tool that a call names.</summary>
    /// <exception cref="WrapException">It names none.</exception>
    public static string ToolOf(Message call)
    {
        try
        {
            return call.Params is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() is { Length: > 0 } tool
                ? tool : throw WrapErrors.NoToolNamed();
        }
        catch (InvalidOperationException)
        {
            throw WrapErrors.NoToolNamed(); // It is no Unicode text.
        }
    }

    /// <summary>Lets a request about tools go on.</summary>
    /// <param name="session">The server.</param>
    /// <param name="request">The request.</param>
    /// <param name="tool">The tool that it calls; null where it lists them.</param>
    /// <param name="records">Gets what is refused for changed tools.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WrapException">It may not.</exception>
    public async Task RequireAsync(ServerSession session, Message request, string? tool, ToolCallRecords records, CancellationToken cancellationToken)
    {
        PinnedSet accepted;
        try
        {
            accepted = !_isStale && _verified is { } verified && verified.Session == session ? verified.Tools : await VerifyAsync(session, request, cancellationToken).ConfigureAwait(false);
        }
        catch (WrapException changed) when (changed.Changes is not null && tool is not null)
        {
            records.Refused(tool);
            throw;
        }

        if (tool is null)
        {
            return;
        }

        if (accepted.Find(tool) is null)
        {
            throw WrapErrors.UnknownTool(options.Pins.Server);
        }

        try
        {
            await vault.RequireToolAsync(options.Pins.Server, tool, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException refused)
        {
            throw WrapErrors.Of(refused);
        }
    }

    /// <summary>A page of tools as the host sees it: without those that the agent may not call.</summary>
    /// <exception cref="WrapException">A tool on it is not the one that was accepted, or the agent may call none at all.</exception>
    public async Task<ReadOnlyMemory<byte>> ShowAsync(ServerMessage received, Pending list, CancellationToken cancellationToken)
    {
        if (ToolsIn(received.Sent!) is not { } sent)
        {
            return received.Shown!.Bytes; // An error of the server's.
        }

        var tools = Read(sent);
        var accepted = _verified?.Tools;
        if (accepted is null || tools.Any(tool => accepted.Find(tool.Name)?.Hash != tool.Hash))
        {
            // It says another thing now than a moment ago. What it says next is compared as a whole.
            _isStale = true;
            throw WrapErrors.Changed(
                options.Pins.Server,
                new ToolChanges(
                    [.. tools.Where(tool => accepted?.Find(tool.Name) is null).Select(tool => tool.Name)], [], [.. tools.Where(tool => accepted?.Find(tool.Name) is { } before && before.Hash != tool.Hash).Select(tool => tool.Name)]),
                options.AcceptCommand);
        }

        var granted = await GrantedAsync([.. tools.Select(tool => tool.Name)], cancellationToken).ConfigureAwait(false);
        if (granted.Count == 0 && tools.Count > 0 && !list.IsLaterPage && !HasMore(received.Sent!))
        {
            throw WrapErrors.NoneGranted(options.Pins.Server, vault.AgentName);
        }

        return granted.Count == tools.Count ? received.Shown!.Bytes : Without(received.Shown!, [.. tools.Select(tool => granted.Contains(tool.Name))]);
    }

    /// <summary>Where a server says that its tools have changed, they are compared again before the next one is called.</summary>
    public void Watch(Message message) => _isStale |= message.Method == "notifications/tools/list_changed";

    private async Task<PinnedSet> VerifyAsync(ServerSession session, Message request, CancellationToken cancellationToken)
    {
        // What is said to have changed from now on is asked for once more.
        _isStale = false;
        var now = await StaleOnFailure(ListAsync(session, request, cancellationToken)).ConfigureAwait(false);
        try
        {
            var accepted = options.Pins.ReadAccepted();
            if (accepted is null)
            {
                options.Pins.Accept(now);
                options.Note($"accepted the {now.Tools.Count} tools of '{options.Pins.Server}', as they are now");
            }
            else if (accepted.Hash != now.Hash)
            {
                _isStale = true;
                options.Pins.Wait(now);
                var changes = ToolChanges.Between(accepted, now);
                options.Note($"the tools of '{options.Pins.Server}' have changed ({changes}); look and accept with: {options.AcceptCommand}");
                throw WrapErrors.Changed(options.Pins.Server, changes, options.AcceptCommand);
            }
            else
            {
                options.Pins.ForgetWaiting();
            }
        }
        catch (PinException unusable)
        {
            _isStale = true;
            throw WrapErrors.Of(unusable);
        }

        _verified = new Verified(session, now);
        return now;
    }

    private async Task<PinnedSet> StaleOnFailure(Task<PinnedSet> listing)
    {
        try
        {
            return await listing.ConfigureAwait(false);
        }
        catch
        {
            _isStale = true;
            throw;
        }
    }

    // All pages. The newest revision wants in each request what the host's own requests have: who asks, and how.
    private async Task<PinnedSet> ListAsync(ServerSession session, Message request, CancellationToken cancellationToken)
    {
        var meta = request.Params is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("_meta", out var its) && its.ValueKind == JsonValueKind.Object ? its : default;
        var (tools, bytes) = (new List<PinnedTool>(), 0L);
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var response = await server.AskAsync(session, id => Request(id, meta, cursor), cancellationToken).ConfigureAwait(false);
            var listed = ToolsIn(response) ?? throw WrapErrors.Unlisted(options.Pins.Server, ErrorOf(response));
            bytes += response.Bytes.Length;
            tools.AddRange(Read(listed));
            if (tools.Count > PinnedSet.MostTools || bytes > Transports.LineTransport.MaxMessage)
            {
                throw WrapErrors.Unlisted(options.Pins.Server, "it has too many");
            }

            cursor = CursorOf(response);
            if (cursor is null)
            {
                return Put(tools);
            }
        }

        throw WrapErrors.Unlisted(options.Pins.Server, $"there is no end after {MostPages} pages");
    }

    private PinnedSet Put(List<PinnedTool> tools)
    {
        try
        {
            return PinnedSet.Of(tools);
        }
        catch (JsonException malformed)
        {
            throw WrapErrors.Unlisted(options.Pins.Server, malformed.Message);
        }
    }

    private List<PinnedTool> Read(JsonElement tools)
    {
        try
        {
            return [.. tools.EnumerateArray().Select(PinnedTool.Of)];
        }
        catch (JsonException malformed)
        {
            throw WrapErrors.Unlisted(options.Pins.Server, malformed.Message);
        }
    }

    private async Task<HashSet<string>> GrantedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        try
        {
            var granted = new HashSet<string>(StringComparer.Ordinal);
            foreach (var some in names.Chunk(AtOnce))
            {
                granted.UnionWith(await vault.ListToolsAsync(options.Pins.Server, some, cancellationToken).ConfigureAwait(false));
            }

            return granted;
        }
        catch (VaultException refused)
        {
            throw WrapErrors.Of(refused);
        }
    }

    private static JsonElement? ToolsIn(Message response) =>
        response.Root.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object && result.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array ? tools : null;

    private static bool HasMore(Message response) => CursorOf(response) is not null;

    private static string? CursorOf(Message response) =>
        response.Root.TryGetProperty("result", out var result) && result.TryGetProperty("nextCursor", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;

    private static string ErrorOf(Message response) =>
        response.Root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String
            ? HiddenText.Show(message.GetString()!) is { Length: > 200 } longer ? longer[..200] : HiddenText.Show(message.GetString()!)
            : "its response has no tools";

    private static byte[] Request(string id, JsonElement meta, string? cursor)
    {
        var parameters = new JsonObject();
        if (meta.ValueKind == JsonValueKind.Object)
        {
            var copy = JsonNode.Parse(meta.GetRawText())!.AsObject();
            copy.Remove("progressToken");
            parameters["_meta"] = copy;
        }

        if (cursor is not null)
        {
            parameters["cursor"] = cursor;
        }

        return System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "tools/list", ["params"] = parameters }.ToJsonString());
    }

    // The rest of the message stays byte by byte what it was.
    private static ReadOnlyMemory<byte> Without(Message shown, bool[] kept) => JsonEdit.WithItems(shown.Root, "tools", (writer, tools) =>
    {
        var at = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (kept[at++])
            {
                writer.WriteRawValue(tool.GetRawText(), skipInputValidation: true);
            }
        }
    });

    private sealed record Verified(ServerSession Session, PinnedSet Tools);
}
