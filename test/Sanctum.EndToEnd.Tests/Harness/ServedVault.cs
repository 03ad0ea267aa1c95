using System.Net;
using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>How a client gets to the daemon.</summary>
public enum Transport
{
    Unix,
    Tcp,
}

/// <summary>A vault with a daemon on both transports, made once for all tests that share it: they must not disturb one another.</summary>
public abstract class ServedVault : IAsyncLifetime
{
    internal SanctumHome Home { get; } = new();

    /// <summary>The port that the system chose for the daemon.</summary>
    internal IPEndPoint Tcp { get; private set; } = null!;

    /// <summary>What <c>config.json</c> says. Failed sign-ins are counted by process, and all tests are one.</summary>
    protected virtual string Configuration => """{ "failed_sign_ins_per_minute": 10000 }""";

    public virtual async ValueTask InitializeAsync()
    {
        try
        {
            (await Home.RunAsync("init")).Done();
            Home.Configure(Configuration);
            await Home.StartDaemonAsync("--tcp", "127.0.0.1:0");
            Tcp = await Home.ListenerAsync("tcp");
            Home.Token = (string)(await Home.RunAsync("login", "--scope", "read,approve,manage,secrets", "--json")).Done().Json["token"]!;
            await FillAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Home.DisposeAsync();
    }

    internal Task<WireClient> ConnectAsync(Transport transport = Transport.Unix) =>
        transport is Transport.Tcp ? WireClient.ConnectAsync(Tcp) : WireClient.ConnectAsync(Home.Socket);

    /// <summary>A connection that has signed in as the Python and Node.js clients do.</summary>
    internal async Task<WireClient> SignInAsync(string agent, Transport transport = Transport.Unix)
    {
        var wire = await ConnectAsync(transport);
        await wire.SignInAsync(agent, Home.KeyOf(agent));
        return wire;
    }

    /// <summary>A connection that has signed in as the Rust client does.</summary>
    internal async Task<WireClient> SignInRustAsync(string agent, Transport transport = Transport.Unix)
    {
        var wire = await ConnectAsync(transport);
        await wire.SignInRustAsync(agent, Home.KeyOf(agent));
        return wire;
    }

    /// <summary>One use of a credential that has to succeed.</summary>
    internal async Task<JsonNode> UseAsync(string agent, string path, string operation, JsonObject? parameters = null)
    {
        using var wire = await SignInAsync(agent);
        return await wire.DoAsync("use", Use(path, operation, parameters));
    }

    /// <summary>One use of a credential that has to be refused.</summary>
    internal async Task<JsonObject> UseRefusedAsync(string agent, string path, string operation, JsonObject? parameters = null)
    {
        using var wire = await SignInAsync(agent);
        return await wire.RefusedAsync("use", Use(path, operation, parameters));
    }

    /// <summary>Puts in what the tests need.</summary>
    protected abstract Task FillAsync();

    private static JsonObject Use(string path, string operation, JsonObject? parameters) =>
        new() { ["path"] = path, ["operation"] = operation, ["params"] = parameters?.DeepClone() };
}
