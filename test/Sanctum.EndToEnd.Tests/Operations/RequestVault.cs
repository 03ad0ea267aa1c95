using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>The vault of the tests of requests that go out, with services on loopback that it may reach: one over TLS, with an authority of its own, and one without.</summary>
[CollectionDefinition(nameof(RequestVault))]
public sealed class RequestVault : ServedVault, ICollectionFixture<RequestVault>
{
    /// <summary>May use everything, and retrieve nothing.</summary>
    public const string Agent = "caller";

    /// <summary>May use what a human approves.</summary>
    public const string Asker = "asker";

    public const string Secret = "sk-live-9f8e7d6c5b4a39281706f5e4d3c2b1a0";

    /// <summary>Bound to both services.</summary>
    public const string Key = "service/api_key";

    /// <summary>Bound to a host that does not exist.</summary>
    public const string Elsewhere = "service/elsewhere";

    /// <summary>Bound to nothing.</summary>
    public const string Unbound = "service/unbound";

    /// <summary>Bound to the services, where each call needs a human.</summary>
    public const string Asked = "asked/api_key";

    private readonly TestAuthority _authority = new();

    internal TestAuthority Authority => _authority;

    internal TestUpstream Secure { get; private set; } = null!;

    internal TestUpstream Plain { get; private set; } = null!;

    protected override string Configuration =>
        $$"""{ "failed_sign_ins_per_minute": 10000, "approval_wait": 0, "egress": { "trusted_ca_file": "{{CaFile}}", "requests_per_minute": 0 } }""";

    private string CaFile => Path.Join(Home.Directory, "authority.pem");

    public override async ValueTask InitializeAsync()
    {
        _authority.WriteCaPem(CaFile);
        Secure = await TestUpstream.StartAsync(new UpstreamOptions { Authority = _authority, Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1AndHttp2 });
        Plain = await TestUpstream.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Secure.DisposeAsync();
        await Plain.DisposeAsync();
        _authority.Dispose();
    }

    protected override async Task FillAsync()
    {
        string[] origins = ["--allow-origin", Secure.Origin, "--allow-origin", Plain.Origin];
        await Home.StoreAsync(Key, Secret, origins);
        await Home.StoreAsync(Asked, Secret, origins);
        await Home.StoreAsync(Elsewhere, Secret, "--host", "nothing.example");
        await Home.StoreAsync(Unbound, Secret);
        await Home.RegisterAsync(Agent);
        await Home.RegisterAsync(Asker);
        await Home.GrantAsync(Agent, Agent, "service/*", "use");
        (await Home.RunAsync("policy", "add", Asker, "--principal", $"agent:{Asker}", "--resources", "asked/*", "--actions", "use", "--condition", "require_approval=true")).Done();
    }
}
