using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Proxy;

/// <summary>The vault of the tests of programs that use the proxy: a service over TLS that a credential is bound to, and a run of an agent.</summary>
[CollectionDefinition(nameof(ProxyVault))]
public sealed class ProxyVault : ServedVault, ICollectionFixture<ProxyVault>
{
    public const string Agent = "worker";

    public const string Key = "service/api_key";

    public const string Secret = "sk-live-0a1b2c3d4e5f60718293a4b5c6d7e8f9";

    private readonly TestAuthority _authority = new();
    private WireClient? _connection;

    internal TestUpstream Service { get; private set; } = null!;

    internal IPEndPoint Proxy { get; private set; } = null!;

    /// <summary>The run's token.</summary>
    internal string Token { get; private set; } = "";

    /// <summary>A file with the certificate that the run's program trusts.</summary>
    internal string AuthorityFile => Path.Join(Home.Directory, "run.pem");

    /// <summary>The service, by its name.</summary>
    internal string Origin => Service.OriginAs("localhost");

    /// <summary>The proxy's URL with the token, as environment variables have it.</summary>
    internal string ProxyUrl => $"http://run:{Token}@{Proxy}";

    protected override string Configuration =>
        $$"""{ "failed_sign_ins_per_minute": 10000, "listeners": { "proxy": "127.0.0.1:0" }, "egress": { "trusted_ca_file": "{{CaFile}}", "requests_per_minute": 0 } }""";

    private string CaFile => Path.Join(Home.Directory, "authority.pem");

    public override async ValueTask InitializeAsync()
    {
        _authority.WriteCaPem(CaFile);
        Service = await TestUpstream.StartAsync(new UpstreamOptions { Authority = _authority, Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1AndHttp2 });
        await base.InitializeAsync();
        Proxy = await Home.ListenerAsync("proxy");
        _connection = await SignInAsync(Agent);
        var run = await _connection.DoAsync("proxy_open", new JsonObject { ["credentials"] = new JsonArray(Key) });
        Token = (string)run["token"]!;
        await File.WriteAllTextAsync(AuthorityFile, (string)run["authority"]!);
    }

    public override async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        await base.DisposeAsync();
        await Service.DisposeAsync();
        _authority.Dispose();
    }

    protected override async Task FillAsync()
    {
        await Home.StoreAsync(Key, Secret, "--allow-origin", Service.Origin, "--allow-origin", Service.OriginAs("localhost"));
        await Home.RegisterAsync(Agent);
        await Home.GrantAsync(Agent, Agent, "service/*", "use");
    }

    /// <summary>Runs a program as <c>sanctum run</c> would have it: with the proxy and the certificate in its environment.</summary>
    internal async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (string[])["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
        {
            start.Environment[name] = ProxyUrl;
        }

        foreach (var name in (string[])["SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"])
        {
            start.Environment[name] = AuthorityFile;
        }

        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "";
        start.Environment["HOME"] = Home.Directory;
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await HostTools.FeedAsync(process, System.Text.Encoding.ASCII.GetBytes(input));
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output + await errors);
    }
}
