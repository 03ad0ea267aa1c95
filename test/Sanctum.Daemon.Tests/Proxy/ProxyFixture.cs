using System.Net;
using System.Net.Sockets;
using System.Text;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A daemon with its proxy, an upstream that a credential is bound to, and an agent's run.</summary>
internal sealed class ProxyFixture : IAsyncDisposable
{
    public const string Credential = "app/service_key";
    public const string Secret = "CANARY-service-0123456789";

    private readonly List<IDisposable> _open = [];

    private ProxyFixture(VaultFixture vault, RunningDaemon daemon, TestAuthority authority, TestUpstream upstream, AgentWire agent) =>
        (Vault, Daemon, UpstreamAuthority, Upstream, Agent) = (vault, daemon, authority, upstream, agent);

    public VaultFixture Vault { get; }

    public RunningDaemon Daemon { get; }

    public TestAuthority UpstreamAuthority { get; }

    public TestUpstream Upstream { get; }

    /// <summary>The connection that the run belongs to.</summary>
    public AgentWire Agent { get; }

    public string Token { get; private set; } = "";

    /// <summary>The run's authority, in PEM.</summary>
    public string Authority { get; private set; } = "";

    public string Socket { get; private set; } = "";

    /// <summary>What stands for the secret.</summary>
    public string Placeholder { get; private set; } = "";

    public IPEndPoint Tcp => IPEndPoint.Parse(Daemon.Status.Proxy!);

    /// <summary>The upstream's host and port, as CONNECT names it.</summary>
    public string Target => $"127.0.0.1:{Upstream.Port}";

    public string Authorization => BasicOf(Token);

    public static string BasicOf(string token) => $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"run:{token}"))}";

    /// <param name="config">More members of config.json.</param>
    /// <param name="options">What kind of upstream, but for its authority.</param>
    /// <param name="time">The daemon's clock.</param>
    /// <param name="connectTo">What else a policy lets the agent connect to.</param>
    /// <param name="origins">What else the credential is bound to.</param>
    /// <param name="prepare">What else there is in the vault.</param>
    public static async Task<ProxyFixture> StartAsync(
        string config = "", UpstreamOptions? options = null, TimeProvider? time = null, IEnumerable<string>? origins = null, string? connectTo = null, Func<Vault, Operator, string, Task>? prepare = null)
    {
        var authority = new TestAuthority();
        var upstream = await TestUpstream.StartAsync((options ?? new UpstreamOptions()) with { Authority = authority });
        var vault = await VaultFixture.CreateAsync(async (vault, by) =>
        {
            if (connectTo is not null)
            {
                await vault.Policies.AddAsync(by, new Policy { Name = "connect", Principal = "agent:worker", Resources = [connectTo], Actions = PolicyActions.Connect });
            }

            if (prepare is not null)
            {
                await prepare(vault, by, upstream.Origin);
            }

            await vault.Credentials.StoreAsync(by, CredentialPath.Parse(Credential), Encoding.UTF8.GetBytes(Secret),
            new CredentialOptions { Hosts = ["bound.example"], AllowedOrigins = [upstream.Origin, upstream.OriginAs("localhost"), .. options?.IPv6 == true ? (string[])[upstream.OriginAs("[::1]")] : [], .. origins ?? []] });
        });
        authority.WriteCaPem(Path.Join(vault.Folder, "upstream.pem"));
        vault.Configure($$"""{ "listeners": { "proxy": "127.0.0.1:0" }, "egress": { "trusted_ca_file": "upstream.pem" }{{config}} }""");
        var daemon = await vault.StartAsync(given => time is null ? given : given with { TimeProvider = time });
        var fixture = new ProxyFixture(vault, daemon, authority, upstream, await vault.SignInAsync());
        await fixture.OpenAsync();
        return fixture;
    }

    /// <summary>Opens a run on <see cref="Agent"/>'s connection, which is the fixture's from now on.</summary>
    public async Task OpenAsync()
    {
        var opened = await Agent.CallAsync("proxy_open", $$"""{"credentials":["{{Credential}}"]}""");
        Token = opened.GetProperty("token").GetString()!;
        Authority = opened.GetProperty("authority").GetString()!;
        Placeholder = opened.GetProperty("placeholders").GetProperty(Credential).GetString()!;
        Socket = opened.GetProperty("proxy_socket").GetString()!;
    }

    /// <summary>A connection to the proxy's socket, or to its TCP listener.</summary>
    public async Task<ProxyWire> ConnectAsync(bool overTcp = false)
    {
        var wire = await ProxyWire.ConnectAsync(overTcp ? Tcp : new UnixDomainSocketEndPoint(Socket));
        _open.Add(wire);
        return wire;
    }

    /// <summary>A tunnel to the upstream.</summary>
    public async Task<ProxyWire> TunnelAsync(string? target = null)
    {
        var wire = await ConnectAsync();
        await wire.SendAsync($"CONNECT {target ?? Target} HTTP/1.1\r\nHost: {target ?? Target}\r\nProxy-Authorization: {Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
        return wire;
    }

    /// <summary>A tunnel to the upstream with TLS inside.</summary>
    public async Task<ProxyWire> SecureTunnelAsync(string? target = null, string? name = null)
    {
        var wire = await TunnelAsync(target);
        await wire.SecureAsync(Authority, name ?? (target ?? Target).Split(':')[0]);
        return wire;
    }

    public async ValueTask DisposeAsync()
    {
        _open.ForEach(open => open.Dispose());
        await Upstream.DisposeAsync();
        await Vault.DisposeAsync();
        UpstreamAuthority.Dispose();
    }
}
