using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A daemon with credentials of several kinds for one upstream, an agent that can use them, and another that can use one of them.</summary>
internal sealed class LeaseFixture : IAsyncDisposable
{
    public const string Single = "app/single";
    public const string ByQuery = "app/query";
    public const string ByBasic = "app/basic";
    public const string Secret = "CANARY-leased-0123456789";

    private LeaseFixture(ProxyFixture proxy) => Proxy = proxy;

    public ProxyFixture Proxy { get; }

    public TestUpstream Upstream => Proxy.Upstream;

    public AgentWire Agent => Proxy.Agent;

    /// <param name="config">More members of config.json.</param>
    /// <param name="time">The daemon's clock.</param>
    /// <param name="prepare">What else there is in the vault.</param>
    /// <param name="origins">What else the credential <see cref="Single"/> is bound to.</param>
    public static async Task<LeaseFixture> StartAsync(
        string config = "", TimeProvider? time = null, Func<Vault, Operator, string, Task>? prepare = null, IEnumerable<string>? origins = null) => new(await ProxyFixture.StartAsync(
        config,
        time: time,
        prepare: async (vault, by, origin) =>
        {
            await StoreAsync(Single, null, [origin, .. origins ?? []]);
            await StoreAsync(ByQuery, "query:key", [origin]);
            await StoreAsync(ByBasic, "basic:user", [origin]);
            await vault.Policies.AddAsync(by, new Policy { Name = "stranger", Principal = "agent:stranger", Resources = [Single], Actions = PolicyActions.Use });
            await (prepare?.Invoke(vault, by, origin) ?? Task.CompletedTask);

            Task StoreAsync(string path, string? headerType, string[] to) => vault.Credentials.StoreAsync(
                by, CredentialPath.Parse(path), Encoding.UTF8.GetBytes(Secret), new CredentialOptions { AllowedOrigins = to, HeaderType = headerType });
        }));

    /// <summary>The other agent, signed in.</summary>
    public async Task<AgentWire> StrangerAsync()
    {
        var wire = await Proxy.Vault.ConnectAsync();
        await wire.SignInAsync("stranger", Proxy.Vault.Stranger);
        return wire;
    }

    /// <summary>A handle of <c>crp/use</c>.</summary>
    public Task<Handle> UseAsync(string service = Single, string more = "", AgentWire? by = null) => Handle.UseAsync(by ?? Agent, service, more);

    /// <summary>Sends a request over a connection of its own, and returns the connection.</summary>
    public async Task<ProxyWire> SendAsync(string target, string headers, string method = "GET", string host = "localhost", string body = "")
    {
        var wire = await Proxy.ConnectAsync();
        await wire.SendAsync($"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n{body}");
        return wire;
    }

    /// <summary>The status of a request with a handle, whose token is where a client's key would be.</summary>
    public async Task<string> StatusAsync(Handle handle, string path = "/ok/it", string method = "GET")
    {
        using var wire = await SendAsync(handle.Path + path, $"Authorization: Bearer {handle.Token}\r\n", method);
        return (await wire.ReadHeadAsync())[0];
    }

    /// <summary>How a request with a handle is refused.</summary>
    public async Task<(int Status, string Code)> RefusedAsync(Handle handle, string path = "/ok/it", string? headers = null, string method = "GET", string body = "")
    {
        using var wire = await SendAsync(handle.Path + path, headers ?? $"Authorization: Bearer {handle.Token}\r\n", method, body: body);
        return await wire.ReadRefusalAsync();
    }

    public ValueTask DisposeAsync() => Proxy.DisposeAsync();
}

/// <summary>What <c>crp/use</c> returned.</summary>
internal sealed record Handle(string Lease, string Url, string Token, JsonElement Result)
{
    public string Path => new Uri(Url).AbsolutePath;

    public static async Task<Handle> UseAsync(AgentWire agent, string service, string more = "")
    {
        var result = await agent.CallAsync("crp/use", $$"""{"service":"{{service}}"{{more}}}""");
        return new Handle(
            result.GetProperty("lease").GetProperty("id").GetString()!, result.GetProperty("proxyBaseUrl").GetString()!, result.GetProperty("session_token").GetString()!, result);
    }
}
